package import Logging

/// All that the stages share: one database.
///
/// Every method is one short transaction. Methods are named after the change of state they make.
package struct Store: Sendable {
    package let engine: any SQLEngine

    /// Opens the database that `url` names and brings its schema up to date.
    ///
    /// - Parameter url: `sqlite:PATH`.
    /// - Throws: ``StoreError``.
    package static func open(url: String, logger: Logger) async throws -> Store {
        guard url.hasPrefix("sqlite:") else { throw StoreError.badDatabaseURL(url) }
        var path = String(url.dropFirst("sqlite:".count))
        if path.hasPrefix("//") { path.removeFirst(2) }
        guard !path.isEmpty else { throw StoreError.badDatabaseURL(url) }
        let store = Store(engine: try SQLiteEngine(path: path))
        try await store.migrate(logger: logger)
        return store
    }

    package init(engine: any SQLEngine) { self.engine = engine }

    /// Applies the migrations that the database lacks, all in one transaction.
    ///
    /// Two processes that start at once wait for each other at the writer's lock, and the second one finds
    /// nothing left to do. An up-to-date database is only read.
    ///
    /// - Throws: ``StoreError/newerDatabase(found:known:)``.
    package func migrate(logger: Logger) async throws {
        let known = Schema.migrations.last?.number ?? 0
        if try await self.schemaNumber() == known { return }
        let applied = try await self.engine.write { session in
            try session.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    number        \(.bigint) NOT NULL PRIMARY KEY,
                    name          TEXT NOT NULL,
                    applied_at_ms \(.bigint) NOT NULL
                )
                """
            )
            let found = try session.rows("SELECT coalesce(max(number), 0) FROM schema_migrations")[0].integer(0)
            guard found <= known else { throw StoreError.newerDatabase(found: Int(found), known: known) }
            let missing = Schema.migrations.filter { $0.number > found }
            for migration in missing {
                for statement in migration.statements { try session.execute(statement) }
                try session.execute(
                    """
                    INSERT INTO schema_migrations (number, name, applied_at_ms)
                    VALUES (\(Int64(migration.number)), \(migration.name), \(.now))
                    """
                )
            }
            return missing.map(\.name)
        }
        for name in applied { logger.info("migration applied", metadata: ["migration": "\(name)"]) }
    }

    /// The number of the last applied migration; 0 for an empty database.
    private func schemaNumber() async throws -> Int {
        let dialect = self.engine.dialect
        return try await self.engine.read { session in
            let exists: SQLStatement =
                switch dialect {
                case .sqlite: "SELECT count(*) FROM sqlite_master WHERE name = 'schema_migrations'"
                case .postgres: "SELECT count(*) FROM pg_class WHERE oid = to_regclass('schema_migrations')"
                }
            guard try session.rows(exists)[0].integer(0) == 1 else { return 0 }
            return Int(try session.rows("SELECT coalesce(max(number), 0) FROM schema_migrations")[0].integer(0))
        }
    }

    /// The database's clock: milliseconds since 1970 in UTC.
    package func now() async throws -> Int64 {
        try await self.engine.read { try $0.rows("SELECT \(.now)")[0].integer(0) }
    }
}
