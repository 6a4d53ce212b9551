package import Logging

/// All that the stages share: one database.
///
/// Every method is one short transaction. Methods are named after the change of state they make.
package struct Store: Sendable {
    package let engine: any SQLEngine
    /// The same without ``SchemaGuard``: what migrates.
    private let unguarded: any SQLEngine
    private let migrations: [Schema.Migration]

    /// Opens the database that `url` names and brings its schema up to date.
    ///
    /// - Parameters:
    ///   - url: `sqlite:PATH` or `postgres://…`.
    ///   - connections: How many transactions may read at once.
    ///   - cacheBytes: Of a SQLite file, for each of them.
    /// - Throws: ``StoreError``.
    package static func open(
        url: String,
        connections: Int = 4,
        cacheBytes: Int = 16 << 20,
        logger: Logger
    ) async throws -> Store {
        let engine = try Self.engine(url: url, connections: connections, cacheBytes: cacheBytes, logger: logger)
        let store = Store(engine: engine)
        try await store.migrate(logger: logger)
        return store
    }

    /// Opens a database that is there already and changes nothing of it, not even its schema.
    ///
    /// A SQLite file may be one that can't be written.
    ///
    /// - Throws: ``StoreError/noDatabase(_:)``, ``StoreError/olderDatabase(found:known:)``,
    ///   ``StoreError/newerDatabase(found:known:)``, ``StoreError/cannotOpen(database:reason:)``.
    package static func openForReading(url: String) async throws -> Store {
        let store = Store(engine: try Self.readingEngine(url: url))
        let (found, known) = (try await store.schemaNumber(), store.knownSchema)
        if found == 0 { throw StoreError.noDatabase(PostgresConnection.withoutSecrets(url)) }
        if found > known { throw StoreError.newerDatabase(found: found, known: known) }
        if found < known { throw StoreError.olderDatabase(found: found, known: known) }
        return store
    }

    /// - Parameter logger: Told when a connection has no TLS.
    private static func engine(url: String, connections: Int, cacheBytes: Int, logger: Logger?) throws -> any SQLEngine
    {
        if let problem = DatabaseURL.problem(of: url) { throw StoreError.badDatabaseURL(problem) }
        guard let path = Self.path(of: url) else {
            return try PostgresEngine(url: url, connections: connections, logger: logger)
        }
        return try SQLiteEngine(path: path, readers: connections, cacheBytes: cacheBytes)
    }

    static func readingEngine(url: String) throws -> any SQLEngine {
        if let problem = DatabaseURL.problem(of: url) { throw StoreError.badDatabaseURL(problem) }
        guard let path = Self.path(of: url) else { return try PostgresEngine(url: url, logger: nil) }
        return try SQLiteReader(path: path)
    }

    /// `sqlite:PATH` and `sqlite://PATH` are the same, relative or absolute; nil for PostgreSQL.
    static func path(of url: String) -> String? {
        guard url.hasPrefix("sqlite:") else { return nil }
        let rest = url.dropFirst("sqlite:".count)
        return String(rest.hasPrefix("//") ? rest.dropFirst(2) : rest)
    }

    /// - Parameter migrations: What this build knows of the schema; a test may know more.
    package init(engine: any SQLEngine, migrations: [Schema.Migration] = Schema.migrations) {
        self.unguarded = engine
        self.migrations = migrations
        self.engine = SchemaGuard(engine: engine, known: migrations.last?.number ?? 0)
    }

    private var knownSchema: Int { self.migrations.last?.number ?? 0 }

    /// Any number that no other program takes locks by: "packline" in ASCII.
    private static let migrationLock: Int64 = 0x7061_636B_6C69_6E65

    /// Applies the migrations that the database lacks, all in one transaction.
    ///
    /// Two processes that start at once wait for each other at the writer's lock, and the second one finds
    /// nothing left to do. An up-to-date database is only read.
    ///
    /// - Throws: ``StoreError/newerDatabase(found:known:)``.
    package func migrate(logger: Logger) async throws {
        let (known, migrations) = (self.knownSchema, self.migrations)
        if try await self.schemaNumber() == known { return }
        let applied = try await self.unguarded.write { session in
            // SQLite's writer is the only one; PostgreSQL needs a lock of its own, until the transaction ends.
            if session.dialect == .postgres {
                // What writes a large table anew takes as long as it takes.
                try session.execute("SET LOCAL statement_timeout = 0")
                // The lock is the schema's: those who keep theirs in the same database do not wait for this one.
                _ = try session.rows(
                    """
                    SELECT pg_advisory_xact_lock(
                        \(Self.migrationLock) # hashtextextended(current_schema()::text, 0)
                    )::text
                    """
                )
            }
            try session.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    number        \(.bigint) NOT NULL PRIMARY KEY,
                    name          TEXT NOT NULL,
                    applied_at_ms \(.bigint) NOT NULL
                )
                """
            )
            // Whoever writes has asked for the number and is waited for; whoever asks from here on waits for this.
            if session.dialect == .postgres {
                try session.execute("LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE")
            }
            let found = try Self.schemaNumber(session)
            guard found <= known else { throw StoreError.newerDatabase(found: found, known: known) }
            let missing = migrations.filter { $0.number > found }
            for migration in missing {
                // One that is for the other engine only is empty here.
                for statement in migration.statements where !statement.rendered(for: session.dialect).text.isEmpty {
                    try session.execute(statement)
                }
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
    func schemaNumber() async throws -> Int {
        let dialect = self.engine.dialect
        return try await self.engine.read { session in
            let exists: SQLStatement =
                switch dialect {
                case .sqlite: "SELECT 1 AS found FROM sqlite_master WHERE name = 'schema_migrations'"
                case .postgres: "SELECT 1 AS found FROM pg_class WHERE oid = to_regclass('schema_migrations')"
                }
            return try session.rows(exists).isEmpty ? 0 : Self.schemaNumber(session)
        }
    }

    static func schemaNumber(_ session: any SQLSession) throws -> Int {
        try session.rows("SELECT coalesce(max(number), 0) AS number FROM schema_migrations")[0]["number"]
    }

    /// The database's clock: milliseconds since 1970 in UTC.
    package func now() async throws -> Int64 {
        try await self.engine.read { try $0.rows("SELECT \(.now) AS now")[0]["now"] }
    }
}
