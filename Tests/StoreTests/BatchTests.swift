import Composer
import Facts
import Store
import Synchronization
import TestSupport
import Testing

/// Statements for many rows of values: they go one by one or all at once, and nobody sees which.
@Suite struct BatchTests {
    private let table: SQLStatement = """
        CREATE TABLE kept (id \(.bigint) NOT NULL PRIMARY KEY, name TEXT UNIQUE, bytes \(.bytes), size \(.bigint))
        """
    private let insert: SQLStatement = """
        INSERT INTO kept (id, name, bytes, size)
        \(row: "\(named: "id"), \(named: "name"), \(named: "bytes"), \(named: "size")") ON CONFLICT DO NOTHING
        """

    private struct Row: Equatable {
        var id: Int64
        var name: String?
        var bytes: [UInt8]?
        var size: Int64?

        init(_ id: Int64, _ name: String? = nil, _ bytes: [UInt8]? = nil, _ size: Int64? = nil) {
            (self.id, self.name, self.bytes, self.size) = (id, name, bytes, size)
        }

        var parameters: SQLParameters {
            [
                "id": .integer(self.id), "name": .text(self.name), "bytes": .blob(self.bytes),
                "size": .integer(self.size),
            ]
        }
    }

    private func kept(_ session: any SQLSession) throws -> [Row] {
        try session.rows("SELECT id, name, bytes, size FROM kept ORDER BY id").map { row in
            Row(try row["id"], try row["name"], try row["bytes"], try row["size"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is inserted is what was given, whatever it is`(_ database: TestDatabase) async throws {
        let lists: [[Row]] = [
            [
                Row(.min, "", [], .max), Row(-1, "a'b\"{},\\NULL", Array(0...255), -1),
                Row(.max, "é\n\u{1F600}", nil, nil),
            ],
            // One, and columns in which there is nothing at all.
            [Row(1, "alone", [0], 0)],
            [Row(1), Row(2), Row(3, "c")],
            [Row(1), Row(2)],
            // More than go in one message, by their number and by their size.
            (0..<2_500).map { Row($0, $0 % 7 == 0 ? nil : "name \($0)", [UInt8(truncatingIfNeeded: $0)], $0) },
            (0..<5).map { Row($0, nil, [UInt8](repeating: UInt8($0), count: 700_000)) } + [Row(9, "last")],
        ]
        try await database.with { stores in
            try await stores[0].engine.write { session in
                try session.execute(self.table)
                for rows in lists {
                    #expect(try session.execute(self.insert, each: rows.map(\.parameters)) == rows.map { _ in 1 })
                    #expect(try self.kept(session) == rows)
                    try session.execute("DELETE FROM kept")
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `each row says whether it was inserted`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let (written, kept) = try await stores[0].engine.write { session in
                try session.execute(self.table)
                try session.execute(self.insert, each: [Row(2, "taken"), Row(4)].map(\.parameters))
                let rows = [Row(1), Row(2), Row(3, "taken"), Row(5, "new"), Row(5, "again"), Row(6, "new"), Row(7)]
                return (try session.execute(self.insert, each: rows.map(\.parameters)), try self.kept(session))
            }
            #expect(written == [1, 0, 0, 1, 0, 0, 1])
            #expect(kept == [Row(1), Row(2, "taken"), Row(4), Row(5, "new"), Row(7)])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `each row says whether it was updated`(_ database: TestDatabase) async throws {
        let update: SQLStatement = """
            UPDATE kept
            SET name = coalesce(\(named: "name"), name), bytes = \(named: "bytes"),
                size = CASE WHEN CAST(\(named: "size") AS BIGINT) > 0 THEN size + \(named: "size") ELSE size END
            \(.ofBatch)
            WHERE id = \(named: "id") AND size < 100
            """
        try await database.with { stores in
            let engine = stores[0].engine
            let before = (1...2_000).map { Row($0, "name \($0)", [1], $0 == 7 ? 100 : 1) }
            let written = try await engine.write { session in
                try session.execute(self.table)
                try session.execute(self.insert, each: before.map(\.parameters))
                return try session.execute(
                    update,
                    each: [Row(2, nil, [2], 5), Row(7, "x", [7], 1), Row(-1), Row(3, "c")].map(\.parameters)
                )
            }
            #expect(written == [1, 0, 0, 1])
            let kept = try await engine.read { try self.kept($0) }
            #expect(kept.count == 2_000)
            #expect(kept[1] == Row(2, "name 2", [2], 6))
            #expect(kept[2] == Row(3, "c", nil, 1))
            #expect(kept[6] == before[6])
            // All at once, with a value that is NULL for all of them.
            let all = try await engine.write { session in
                try session.execute(update, each: (-9...2_000).map { Row(Int64($0), nil, nil, nil).parameters })
            }
            #expect(all == (-9...2_000).map { $0 < 1 || $0 == 7 ? 0 : 1 })
            #expect(try await engine.read { try self.kept($0) }.count { $0.bytes == nil } == 1_999)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a row that the table refuses takes the others with it`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let engine = stores[0].engine
            try await engine.write { _ = try $0.execute(self.table) }
            await #expect(throws: StoreError.self) {
                try await engine.write { session in
                    try session.execute(
                        "INSERT INTO kept (id, name) \(row: "\(named: "id"), \(named: "name")")",
                        each: [Row(1, "a"), Row(2, "a")].map { ["id": .integer($0.id), "name": .text($0.name)] }
                    )
                }
            }
            #expect(try await engine.read { try self.kept($0) }.isEmpty)
        }
    }

    /// Where all that waits is read for each batch of it, a first run takes time that grows with its square.
    @Test(arguments: TestDatabase.allCases)
    func `a batch is claimed without reading or sorting all that waits`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let slugs = (0..<4_000).map { "plugin-\($0)" }
            try await stores[0].discover(slugs)
            let engine = stores[0].engine
            try await engine.write { session in
                _ = try session.execute(
                    """
                    INSERT INTO objects (key, kind, content_hash, content_changed_at_ms)
                    \(row: "\(named: "key"), \(ObjectKind.document), \(named: "hash"), \(.now)")
                    """,
                    each: slugs.map { ["key": .text("p2/\($0).json"), "hash": .blob(ContentHash(of: [0]).bytes)] }
                )
            }
            let sent = Mutex<[SQLStatement]>([])
            let store = Store(
                engine: WatchedEngine(engine, onStatement: { statement in sent.withLock { $0.append(statement) } })
            )
            let places = ClaimPlaces()
            for isKnown in [false, true] {
                // Not a bare ANALYZE: over PostgreSQL that takes the tables of all tests, which come and go meanwhile.
                if isKnown {
                    try await engine.write { session in
                        try session.execute("ANALYZE packages")
                        try session.execute("ANALYZE objects")
                    }
                }
                let documents = try await store.claimDirty(
                    kind: .document,
                    limit: 100,
                    run: 1,
                    leaseMilliseconds: 86_400_000,
                    places: places
                )
                #expect(documents.count == 100)
                let packages = try await store.claimDue(
                    source: SourceName("wordpress-plugins"),
                    limit: 100,
                    run: 1,
                    leaseMilliseconds: 86_400_000,
                    places: places
                )
                #expect(packages.count == 100)
                let statements = sent.withLock { sent in
                    defer { sent = [] }
                    return sent
                }
                // Where the last claims found as many as they wanted, nobody looks whether there is any.
                let looks = statements.count { $0.rendered(for: engine.dialect).text.hasPrefix("SELECT 1 FROM") }
                #expect(looks == (isKnown ? 0 : 2))
                let plans = try await self.plans(ofClaimsIn: statements, engine)
                #expect(plans.count == 2)
                for plan in plans {
                    let readsAll = ["Seq Scan", "Bitmap", "Sort", "TEMP B-TREE"].filter { plan.contains($0) }
                    #expect(readsAll.isEmpty, "\(plan)")
                    let search = try #require(
                        plan.split(separator: "\n").first {
                            $0.contains(engine.dialect == .sqlite ? "_d" : "Index Cond: ((kind")
                                || $0.contains("Index Cond: ((source")
                        },
                        "\(plan)"
                    )
                    // The second of each begins where the first has ended, and so does the look into the index.
                    let isFromPlace = search.contains(">")
                    #expect(isFromPlace == isKnown, "\(plan)")
                }
            }
        }
    }

    /// A database that has just been filled has no statistics of it.
    @Test(arguments: TestDatabase.allCases)
    func `a page is read without reading or sorting all that comes after it`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let source = Store.source
            let slugs = (0..<4_000).map { "plugin-\($0)" }
            try await stores[0].discover(slugs)
            let engine = stores[0].engine
            try await engine.write { session in
                _ = try session.execute(
                    """
                    INSERT INTO objects (key, kind, content_hash, deployed_hash, content_changed_at_ms)
                    \(row: "\(named: "key"), \(ObjectKind.document), \(named: "hash"), \(named: "hash"), \(.now)")
                    """,
                    each: slugs.map { ["key": .text("p2/\($0).json"), "hash": .blob(ContentHash(of: [0]).bytes)] }
                )
            }
            let sent = Mutex<[SQLStatement]>([])
            let store = Store(
                engine: WatchedEngine(engine, onStatement: { statement in sent.withLock { $0.append(statement) } })
            )
            _ = try await store.keys(of: source, after: "plugin-5", limit: 10)
            _ = try await store.rename(source: source, rule: "rule", run: 1, pageSize: 3_000) { _ in nil }
            _ = try await store.moves(
                of: source,
                by: Store.NameRule("rule") { $0 },
                name: { $0 },
                countsGains: false,
                pageSize: 3_000
            )
            _ = try await store.published(after: "p2/plugin-5", upTo: nil, limit: 10)
            _ = try await store.knownArchives(after: "dist/a", upTo: nil, limit: 10)
            _ = try await store.publishedPackages(after: "a", limit: 10)
            let plans = try await self.plans(
                of: { text in text.contains("ORDER BY") && text.contains(" > ") },
                in: sent.withLock { $0 },
                engine
            )
            #expect(plans.count == 8)
            for plan in plans {
                let readsAll = ["Seq Scan", "Bitmap", "Sort", "TEMP B-TREE"].filter { plan.contains($0) }
                #expect(readsAll.isEmpty, "\(plan)")
            }
        }
    }

    /// Under the settings of the planner that were sent before.
    private func plans(ofClaimsIn statements: [SQLStatement], _ engine: any SQLEngine) async throws -> [String] {
        try await self.plans(
            of: { $0.hasPrefix("SELECT key, due_at_ms") || $0.hasPrefix("SELECT id, source") },
            in: statements,
            engine
        )
    }

    private func plans(
        of isWanted: @escaping @Sendable (_ text: String) -> Bool,
        in statements: [SQLStatement],
        _ engine: any SQLEngine
    ) async throws -> [String] {
        let (words, column): (SQLStatement, String) =
            engine.dialect == .sqlite ? ("EXPLAIN QUERY PLAN ", "detail") : ("EXPLAIN (COSTS OFF) ", "QUERY PLAN")
        return try await engine.write { session in
            try statements.compactMap { statement in
                let text = statement.rendered(for: engine.dialect).text
                if text.hasPrefix("SET LOCAL") { try session.execute(statement) }
                guard isWanted(text) else { return nil }
                let lines: [String] = try session.rows("\(words)\(statement)").map { try $0[column] }
                return lines.joined(separator: "\n")
            }
        }
    }
}
