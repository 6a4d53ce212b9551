/// Lets nothing be written where the schema is no longer the one that this build's statements are for.
///
/// Opening a database looks at its schema once, and another version may migrate it while this process runs. So each
/// transaction that writes, claims included, asks for the schema's number first: one row of an index. SQLite has one writer
/// at a time, and in PostgreSQL the question itself makes a migration wait (see ``Store/migrate(logger:)``), so that the
/// answer holds until the transaction ends.
struct SchemaGuard: SQLEngine {
    let engine: any SQLEngine
    /// The number of the last migration that this build knows.
    let known: Int

    var dialect: SQLDialect { self.engine.dialect }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        try await self.engine.read(body)
    }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        try await self.engine.write { [known] session in
            let found = try Store.schemaNumber(session)
            guard found == known else { throw StoreError.schemaMoved(found: found, known: known) }
            return try body(session)
        }
    }

    func sizeInBytes() async throws -> Int64 { try await self.engine.sizeInBytes() }

    var localFile: String? { self.engine.localFile }

    func documents(patience: Duration) -> PostgresDocuments? {
        self.engine.documents(patience: patience)
    }
}
