import Facts
import Logging
import Store
import TestSupport
import Testing

/// What the definitions of the tables let nobody write, and what it costs to look.
@Suite struct CheckTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    private let document: SQLStatement =
        "INSERT INTO objects (key, kind, content_changed_at_ms) VALUES ('p2/a/b.json', 'document', 1)"
    private let state: SQLStatement = "UPDATE packages SET state = 'active'"

    @Test(arguments: TestDatabase.allCases)
    func `states and kinds that there are can be written, and no others`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            try await stores[0].discover(["akismet"])
            let engine = stores[0].engine
            for state in ["new", "active", "closed", "missing"] {
                let written = try await engine.write { try $0.execute("UPDATE packages SET state = \(state)") }
                #expect(written == 1)
            }
            for kind in ["archive", "document", "listing", "root"] {
                let written = try await engine.write { session in
                    try session.execute(
                        "INSERT INTO objects (key, kind, content_changed_at_ms) VALUES (\(kind), \(kind), 1)"
                    )
                }
                #expect(written == 1)
            }
            for other in ["", "Active", "activ", "gone"] {
                await #expect(throws: StoreError.self, "\(other)") {
                    try await engine.write { try $0.execute("UPDATE packages SET state = \(other)") }
                }
            }
            for other in ["", "Root", "documents"] {
                await #expect(throws: StoreError.self, "\(other)") {
                    try await engine.write { session in
                        try session.execute(
                            "INSERT INTO objects (key, kind, content_changed_at_ms) VALUES ('x', \(other), 1)"
                        )
                    }
                }
            }
        }
    }

    @Test func `SQLite makes no table in order to check a row, nor on a connection that was open when that changed`()
        async throws
    {
        try await TestDatabase.sqlite.withEmpty { url in
            let path = String(url.dropFirst("sqlite:".count))
            let (migrating, open) = (try SQLiteEngine(path: path), try SQLiteEngine(path: path))
            let before = Schema.migrations.filter { $0.number < 25 }
            try await Store(engine: migrating, migrations: before).migrate(logger: self.logger)
            // The reason for it all.
            for engine in [migrating, open] {
                #expect(try await self.tables(madeFor: self.document, engine) == 1)
                #expect(try await self.tables(madeFor: self.state, engine) == 1)
            }
            try await Store(engine: migrating).migrate(logger: self.logger)
            for engine in [migrating, open, try SQLiteEngine(path: path)] {
                #expect(try await self.tables(madeFor: self.document, engine) == 0)
                #expect(try await self.tables(madeFor: self.state, engine) == 0)
                let state = try await engine.write { session -> (check: String, writable: Int) in
                    (
                        try session.rows("PRAGMA integrity_check")[0]["integrity_check"],
                        try session.rows("PRAGMA writable_schema")[0]["writable_schema"]
                    )
                }
                #expect(state.check == "ok")
                #expect(state.writable == 0)
            }
        }
    }

    /// How many tables SQLite makes for each time that a statement is executed.
    private func tables(madeFor statement: SQLStatement, _ engine: SQLiteEngine) async throws -> Int {
        try await engine.write { session in
            // A statement that runs notices another schema; one that is explained does not, so it is compiled anew.
            _ = try session.execute("UPDATE packages SET looks = 0")
            let name = SQLStatement(unsafe: "EXPLAIN /* \(UInt64.random(in: 0...UInt64.max)) */ ")
            let steps = try session.rows("\(name) \(statement)").map { row -> String in try row["opcode"] }
            #expect(steps.contains("Halt"))
            return steps.count { $0 == "OpenEphemeral" }
        }
    }
}
