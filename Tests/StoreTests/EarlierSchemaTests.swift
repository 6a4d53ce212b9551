import Composer
import Facts
import Logging
import Store
import TestSupport
import Testing

/// A database that the version before these migrations has filled.
@Suite struct EarlierSchemaTests {
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    /// The last schema that was in use before.
    private static let earlier = Array(Schema.migrations.prefix { $0.number <= 6 })
    private static let tables = [
        "pipeline_runs", "settings", "sources", "blobs", "packages", "log_facts", "documents", "retired_blobs",
        "downloads",
    ]
    /// Those whose columns are all there still.
    private static let kept = ["pipeline_runs", "blobs", "log_facts", "documents", "downloads"]
    private static let texts = ["live", "new", "old", "failing", "payload"].map { Blob(of: Array($0.utf8)) }

    /// A new database with the schema of before and rows as the stages leave them, some of them in the middle of their work.
    private func withFilled(_ database: TestDatabase, _ body: (any SQLEngine) async throws -> Void) async throws {
        try await database.withEmpty { url in
            let engine: any SQLEngine =
                url.hasPrefix("sqlite:")
                ? try SQLiteEngine(path: String(url.dropFirst("sqlite:".count))) : try PostgresEngine(url: url)
            try await Store(engine: engine, migrations: Self.earlier).migrate(logger: Self.logger)
            try await engine.write { session in
                for statement in Self.rows { try session.execute(statement) }
                try session.execute(
                    "INSERT INTO blobs (hash, encoding, size, bytes) VALUES (\(named: "hash"), 'identity', 4, \(named: "bytes"))",
                    each: Self.texts.map { ["hash": .blob($0.hash.bytes), "bytes": .blob($0.bytes)] }
                )
                return
            }
            try await body(engine)
        }
    }

    private static func hash(_ number: Int) -> [UInt8] { Self.texts[number].hash.bytes }

    private static let rows: [SQLStatement] = [
        """
        INSERT INTO pipeline_runs (id, stage, status, worker, version, started_at_ms, heartbeat_at_ms, finished_at_ms,
            counters)
        VALUES (1, 'discover', 'succeeded', 'w:1', '0.1.0', 1000, 2000, 3000, '{"packages_new":3}'),
            (2, 'update', 'partial', 'w:2', '0.1.0', 4000, 5000, 6000, '{}'),
            (3, 'sync', 'partial', 'w:3', '0.1.0', 7000, 8000, 9000, '{"documents_failed":1}'),
            (4, 'sync', 'running', 'w:4', '0.1.0', \(.now), \(.now), NULL, '{}')
        """,
        "INSERT INTO settings (key, value) VALUES ('bucket', 's3://b at https://x'), ('derivation_format', '1')",
        """
        INSERT INTO sources (name, cursor, cursor_at_ms, log_from, reconciled_at_ms, listing_count, listing_etag)
        VALUES ('wordpress-plugins', 3000000, 1700000000000, 1, \(.now), 3, 'etag')
        """,
        """
        INSERT INTO packages (id, source, slug, state, changed_revision, settled_revision, payload_hash, derived_key, format,
            title, due_at_ms, looks, attempts, last_error, discovered_run, updated_run, claim_number)
        VALUES (1, 'wordpress-plugins', 'akismet', 'active', 30, 30, \(Self.hash(4)), \(Self.hash(0)), 1, 'Akismet', 1, 0, 0,
                NULL, 1, 2, 5),
            (2, 'wordpress-plugins', 'lagging', 'active', 40, 30, \(Self.hash(4)), NULL, 1, 'Lagging', 2, 2, 0, NULL, 1, 2, 5),
            (3, 'wordpress-plugins', 'failing', 'new', 50, 0, NULL, NULL, 0, NULL, 3, 0, 4, 'status 500', 1, 2, 7)
        """,
        """
        INSERT INTO log_facts (package_id, path, revision, changed_at_ms, appeared_revision, appeared_at_ms, removed)
        VALUES (1, 'tags/1.0', 30, 1700000000000, 20, 1600000000000, 0), (1, 'tags/0.9', 25, NULL, NULL, NULL, 1)
        """,
        """
        INSERT INTO documents (path, package_id, rank, content_hash, deployed_hash, deployed_etag, content_changed_at_ms,
            deployed_at_ms, feed_position, announced_hash, announced_at_ms, attempts, last_error, due_at_ms, synced_run)
        VALUES ('p2/wp-plugin/akismet.json', 1, 1, \(Self.hash(0)), \(Self.hash(0)), 'e1', 1700000000500, 1700000000900,
                17000000009000, \(Self.hash(0)), 1700000000500, 0, NULL, 0, 3),
            ('p2/wp-plugin/akismet~dev.json', 1, 1, \(Self.hash(1)), NULL, NULL, 1700000001500, NULL, NULL, NULL, NULL, 0,
                NULL, 0, NULL),
            ('p2/wp-plugin/lagging.json', 2, 1, \(Self.hash(1)), \(Self.hash(2)), 'e2', 1700000002500, 1700000000900,
                17000000009001, \(Self.hash(2)), 1700000000400, 0, NULL, 0, 3),
            ('p2/wp-plugin/refused.json', 2, 1, \(Self.hash(3)), \(.noBytes), 'e3', 1700000003500, 1700000000900,
                17000000009002, \(Self.hash(2)), 1700000000400, 2, 'status 403', 1700000004000, 3),
            ('p2/wp-plugin/gone.json', NULL, 1, NULL, NULL, NULL, 1700000003500, 1700000004000, 17000000009003, NULL, NULL, 0,
                NULL, 0, 3),
            ('packages.json', NULL, 2, \(Self.hash(0)), \(Self.hash(0)), 'e4', 1700000000500, 1700000000900, NULL, NULL, NULL,
                0, NULL, 0, 3)
        """,
        "INSERT INTO retired_blobs (hash, path, retired_at_ms) VALUES (\(Self.hash(2)), 'p2/wp-plugin/lagging.json', 1)",
        "INSERT INTO downloads (package_id, day, count) VALUES (1, 19000, 3)",
    ]

    /// The columns that each table has.
    private func columns(_ engine: any SQLEngine) async throws -> [String: [String]] {
        try await engine.read { session in
            var columns: [String: [String]] = [:]
            for table in Self.tables {
                let question: SQLStatement =
                    session.dialect == .sqlite
                    ? "SELECT name FROM pragma_table_xinfo(\(table))"
                    : """
                    SELECT column_name::text FROM information_schema.columns
                    WHERE table_name = \(table) AND table_schema = current_schema()
                    """
                columns[table] = try session.rows(question).map { try $0.text(0) }.sorted()
            }
            return columns
        }
    }

    private func contents(_ engine: any SQLEngine, _ columns: [String: [String]]) async throws -> [String: [String]] {
        try await engine.read { session in
            var contents: [String: [String]] = [:]
            for (table, names) in columns {
                let question = SQLStatement(unsafe: "SELECT \(names.joined(separator: ", ")) FROM \(table)")
                contents[table] = try session.rows(question).map { "\($0.values)" }.sorted()
            }
            return contents
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `every fact of before is there after the migrations, and nothing is dirty that was not`(
        _ database: TestDatabase
    ) async throws {
        try await self.withFilled(database) { engine in
            var columns = try await self.columns(engine).filter { Self.kept.contains($0.key) }
            // Leases are in a table of their own.
            columns["documents"]?.removeAll { $0.hasPrefix("claim") || $0.hasPrefix("lease") }
            // But for which run published what has failed since: it was not kept apart.
            _ = try await engine.write { try $0.execute("UPDATE documents SET synced_run = NULL WHERE attempts > 0") }
            var before = try await self.contents(engine, columns)
            #expect(before["documents"]?.count == 6 && columns["documents"]?.contains("synced_run") == true)
            _ = try await engine.write { try $0.execute("UPDATE documents SET synced_run = 3 WHERE attempts > 0") }
            // Documents are objects now, and of a kind instead of a rank.
            columns["objects"] = columns.removeValue(forKey: "documents")?.map {
                ["path": "key", "rank": "CASE kind WHEN 'root' THEN 2 WHEN 'document' THEN 1 END"][$0] ?? $0
            }
            before["objects"] = before.removeValue(forKey: "documents")

            let store = Store(engine: engine)
            try await store.migrate(logger: Self.logger)
            #expect(try await self.contents(store.engine, columns) == before)
            #expect(try await store.dirtyCount() == (3, 0))
            #expect(try await store.bucket() == "s3://b at https://x")
            let failed = try await store.engine.read { session in
                try session.rows("SELECT key, failed_run FROM objects WHERE failed_run IS NOT NULL").map(\.values)
            }
            #expect(failed == [[.text("p2/wp-plugin/refused.json"), .integer(3)]])
            // Documents are as old as their content.
            let claims = try await store.claimDirty(kind: .document, limit: 9, run: 4, leaseMilliseconds: 86_400_000)
            #expect(claims.map(\.lastModifiedSeconds).sorted() == [1_700_000_001, 1_700_000_002, 1_700_000_003])
            #expect(try await store.document(at: "packages.json")?.lastModifiedSeconds == 1_700_000_000)
            let due = try await store.claimDue(
                source: "wordpress-plugins",
                limit: 9,
                run: 4,
                leaseMilliseconds: 86_400_000
            )
            #expect(due.sorted { $0.id < $1.id }.map(\.name) == ["wp-plugin/akismet", "wp-plugin/refused", nil])
            #expect(due.map(\.key).sorted() == ["akismet", "failing", "lagging"])
            #expect(due.map { [$0.looks, $0.attempts, $0.doubts] }.sorted { $0[1] < $1[1] }.last == [0, 4, 0])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a migration that is killed at any statement has changed nothing`(_ database: TestDatabase) async throws {
        try await self.withFilled(database) { engine in
            let columns = try await self.columns(engine)
            let before = try await self.contents(engine, columns)
            for statements in 0..<200 {
                let killed = Store(engine: WatchedEngine.dying(engine, statements: statements))
                do { try await killed.migrate(logger: Self.logger) } catch is WatchedEngine.Died {
                    #expect(try await self.columns(engine) == columns, "killed at statement \(statements)")
                    #expect(try await self.contents(engine, columns) == before)
                    continue
                }
                #expect(statements > 20)
                break
            }
            #expect(try await Store(engine: engine).dirtyCount().uploads == 3)
        }
    }
}
