import Facts
import Logging
import Store
import TestSupport
import Testing

/// What the migrations make of a database that a version of before has filled.
@Suite struct EarlierDatabaseTests {
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private func rows(_ engine: any SQLEngine, _ question: SQLStatement) async throws -> [[SQLValue]] {
        try await engine.read { try $0.rows(question).map(\.values) }
    }

    @Test(arguments: TestDatabase.allCases)
    func `migrating asks for nothing, makes nothing dirty, and keeps what is known of every package and document`(
        _ database: TestDatabase
    ) async throws {
        try await EarlierDatabase.with(database) { url, engine in
            let packages: SQLStatement = """
                state, due_at_ms, payload_hash, derived_key, format, title, changed_revision, settled_revision, looks,
                attempts, discovered_run, updated_run
                """
            let before = try await self.rows(engine, "SELECT slug, \(packages) FROM packages ORDER BY source, slug")
            let objects = try await self.rows(
                engine,
                """
                SELECT path, content_hash, deployed_hash, deployed_etag, feed_position, content_changed_at_ms, deployed_at_ms
                FROM documents ORDER BY path
                """
            )
            let cursors = try await self.rows(engine, "SELECT name, CAST(cursor AS TEXT) FROM sources ORDER BY name")
            #expect(before.count == 39 && objects.count == 75)

            let store = try await Store.open(url: url, logger: Self.logger)
            let after = try await self.rows(
                store.engine,
                "SELECT key, \(packages) FROM packages ORDER BY source, key"
            )
            #expect(Set(after) == Set(before))
            let published = try await self.rows(
                store.engine,
                """
                SELECT key, content_hash, deployed_hash, deployed_etag, feed_position, content_changed_at_ms, deployed_at_ms
                FROM objects ORDER BY key
                """
            )
            #expect(Set(published) == Set(objects))
            #expect(try await store.dirtyCount() == (0, 0))
            #expect(
                try await self.rows(store.engine, "SELECT name, cursor FROM sources ORDER BY name") == cursors
            )
            // Closed packages stay withdrawn, whatever a new database would do.
            #expect(try await store.setting("closed_policy") == "remove")
            // The settings that they were derived under are those of each source now.
            for source in ["wordpress-plugins", "wordpress-themes"] as [SourceName] {
                #expect(
                    try await store.format(
                        of: source,
                        forFingerprint: "173a65e3ea0681039557e663717cce3f0a8cee4c5ab8e9151ff0c834c0e0caef"
                    ) == 1
                )
                #expect(try await store.outdatedCount(source: source, format: 1) == 0)
            }
            let unnamed = try await self.rows(
                store.engine,
                """
                SELECT key FROM packages WHERE name IS DISTINCT FROM
                    CASE source WHEN 'wordpress-plugins' THEN 'wp-plugin/' ELSE 'wp-theme/' END || key ORDER BY key
                """
            )
            // They never had a document, and are named with the first run.
            #expect(unnamed == [[.text("limit-login-attempts")], [.text("not-approved-yet")]])
        }
    }
}
