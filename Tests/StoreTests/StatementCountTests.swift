import Composer
import Store
import Synchronization
import TestSupport
import Testing

/// Over a network each statement is a round trip.
@Suite struct StatementCountTests {
    /// Counts what is sent; a statement that is executed for many rows goes in one go.
    ///
    /// The question about the schema, which every transaction that writes begins with, is left out.
    final class CountingEngine: SQLEngine {
        let engine: any SQLEngine
        private let statements = Mutex<[String]>([])

        init(_ engine: any SQLEngine) { self.engine = engine }

        var dialect: SQLDialect { self.engine.dialect }
        var sent: [String] { self.statements.withLock { $0 } }

        func read<Result: Sendable>(
            _ body: @escaping @Sendable (any SQLSession) throws -> Result
        ) async throws -> Result {
            try await self.engine.read { try body(Session(session: $0, count: self.count)) }
        }

        func write<Result: Sendable>(
            _ body: @escaping @Sendable (any SQLSession) throws -> Result
        ) async throws -> Result {
            try await self.engine.write { try body(Session(session: $0, count: self.count)) }
        }

        func sizeInBytes() async throws -> Int64 { try await self.engine.sizeInBytes() }

        private func count(_ statement: SQLStatement) {
            let text = statement.rendered(for: self.dialect).text
            if !text.contains("FROM schema_migrations") { self.statements.withLock { $0.append(text) } }
        }
    }

    private struct Session: SQLSession {
        let session: any SQLSession
        let count: (SQLStatement) -> Void

        var dialect: SQLDialect { self.session.dialect }

        func rows(_ statement: SQLStatement) throws -> [SQLRow] {
            self.count(statement)
            return try self.session.rows(statement)
        }

        func execute(_ statement: SQLStatement) throws -> Int {
            self.count(statement)
            return try self.session.execute(statement)
        }

        func execute(_ statement: SQLStatement, each rows: [[SQLValue]]) throws -> [Int] {
            self.count(statement)
            return try self.session.execute(statement, each: rows)
        }
    }

    @Test(arguments: TestDatabase.allCases, [1, 2, 3, 100])
    func `claiming documents and reading their bytes takes four statements, however many they are`(
        _ database: TestDatabase,
        _ number: Int
    ) async throws {
        try await database.with { stores in
            let slugs = (0..<number).map { "plugin-\($0)" }
            try await stores[0].discover(slugs)
            for claim in try await stores[0].claim(number) { try await stores[0].publish(claim, "of \(claim.key)") }
            _ = try await stores[0].noteBucket("bucket", insteadOf: nil)
            let engine = CountingEngine(stores[0].engine)
            let store = Store(engine: engine)
            let documents = try await store.claimDirty(
                kind: .document,
                limit: number,
                run: 1,
                leaseMilliseconds: 60_000,
                bucket: "bucket"
            )
            #expect(documents.count == number)
            #expect(engine.sent.count == 3)
            // The claim holds rows that others wait for: no bytes are read meanwhile.
            #expect(!engine.sent.contains { $0.contains("bytes") && $0.contains("FROM blobs") })
            let contents = try await store.contents(documents.compactMap(\.content))
            #expect(engine.sent.count == 4)
            for document in documents {
                let slug = document.path.dropFirst("p2/wp-plugin/".count).dropLast(".json".count)
                let blob = try #require(document.content.flatMap { contents[$0] })
                #expect(try blob.content() == Array("of \(slug)".utf8))
            }
            let unknown = ContentHash(of: [0])
            let present = try await store.present(documents.compactMap(\.content) + [unknown])
            #expect(present.count == number && !present.contains(unknown))
            #expect(engine.sent.count == 5)
        }
    }
}
