/// What can be told of a database without changing anything of it.
package struct DatabaseExamination: Sendable {
    package enum Schema: Sendable, Equatable {
        /// Nothing of Packline's is there.
        case none
        case older(found: Int, known: Int)
        case current(Int)
        case newer(found: Int, known: Int)
    }

    /// Program and version, such as `PostgreSQL 15.6`.
    package var engine: String
    /// Which database it is, without a secret.
    package var place: String
    package var schema: Schema
    /// Why nothing can be written, in words; nil where it seems that it can.
    package var obstacle: String?
    /// The database's clock, in milliseconds since 1970; nil where it is this machine's.
    package var nowMilliseconds: Int64?
    /// Where a file is; nil for a server.
    package var volume: Volume?
    /// For reading; nil where ``schema`` is not the one that this build knows.
    package var store: Store?

    /// Whether there is a database that stages can work with as it is.
    package var isReady: Bool { self.store != nil }
}

extension Store {
    /// Looks at the database that `url` names; makes none, and migrates none.
    ///
    /// - Throws: ``StoreError`` where it can't be reached or is none.
    package static func examine(url: String) async throws -> DatabaseExamination {
        if let path = Self.path(of: url) { return try await self.examine(url, file: path) }
        let store = Store(engine: try Self.readingEngine(url: url))
        let (version, now, obstacle) = try await store.engine.read { session in
            let row = try session.rows(
                """
                SELECT current_setting('server_version') AS version, \(.now) AS now,
                    pg_is_in_recovery()::int::bigint AS is_replica,
                    current_setting('default_transaction_read_only') AS read_only,
                    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)::int::bigint AS may_create,
                    coalesce(has_table_privilege(to_regclass('pipeline_runs'), 'INSERT, UPDATE'), true)::int::bigint
                        AS may_write
                """
            )[0]
            let isReplica: Int64 = try row["is_replica"]
            let readOnly: String = try row["read_only"]
            let (mayCreate, mayWrite): (Int64, Int64) = (try row["may_create"], try row["may_write"])
            var obstacle: String?
            if isReplica == 1 {
                obstacle = "it is a replica"
            } else if readOnly == "on" {
                obstacle = "default_transaction_read_only is on for this user"
            } else if mayWrite == 0 {
                obstacle = "its user may not write to the tables"
            } else if try Self.schemaNumber(ifAny: session) == 0, mayCreate == 0 {
                obstacle = "its user may not make tables"
            }
            return (try row["version"] as String, try row["now"] as Int64, obstacle)
        }
        // As `15.6 (Debian 15.6-0+deb12u1)`.
        let number = version.prefix { $0 != " " }
        let schema = try await store.schema()
        return DatabaseExamination(
            engine: "PostgreSQL \(number)",
            place: PostgresConnection.withoutSecrets(url),
            schema: schema,
            obstacle: obstacle,
            nowMilliseconds: now,
            store: schema.isCurrent ? store : nil
        )
    }

    private static func examine(_ url: String, file path: String) async throws -> DatabaseExamination {
        let volume = Volume(of: path)
        var examination = DatabaseExamination(
            engine: "SQLite",
            place: "sqlite:\(path)",
            schema: .none,
            obstacle: SQLiteFiles.obstacle(to: path),
            volume: volume
        )
        let store: Store
        do {
            store = Store(engine: try Self.readingEngine(url: url))
        } catch StoreError.noDatabase {
            return examination
        }
        let version = try await store.engine.read {
            try $0.rows("SELECT sqlite_version() AS version")[0]["version"] as String
        }
        examination.engine += " \(version)"
        examination.schema = try await store.schema()
        if examination.schema.isCurrent { examination.store = store }
        return examination
    }

    private func schema() async throws -> DatabaseExamination.Schema {
        let (found, known) = (try await self.schemaNumber(), Schema.migrations.last?.number ?? 0)
        if found == 0 { return .none }
        if found == known { return .current(found) }
        return found < known ? .older(found: found, known: known) : .newer(found: found, known: known)
    }

    private static func schemaNumber(ifAny session: any SQLSession) throws -> Int {
        let exists = try session.rows("SELECT 1 AS found FROM pg_class WHERE oid = to_regclass('schema_migrations')")
        return exists.isEmpty ? 0 : try Self.schemaNumber(session)
    }
}

extension DatabaseExamination.Schema {
    fileprivate var isCurrent: Bool { if case .current = self { true } else { false } }
}
