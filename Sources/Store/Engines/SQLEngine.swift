/// One database, reached in one dialect.
///
/// The bodies are synchronous and run off the cooperative pool: a session is a blocking driver, and a
/// transaction that can't suspend can't wait for the network either.
package protocol SQLEngine: Sendable {
    var dialect: SQLDialect { get }

    /// Runs `body` on a consistent snapshot; it must not write.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result

    /// Runs `body` in one transaction, committed when it returns and rolled back when it throws.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result

    /// Bytes that the database takes on disk.
    func sizeInBytes() async throws -> Int64

    /// The path of a SQLite file that others here may open; nil for a database that has to be asked over a network.
    var localFile: String? { get }

    /// What answers many questions for documents at once, over a connection of its own; nil for a file.
    ///
    /// - Parameter patience: Who waits longer is told that there is no answer.
    func documents(patience: Duration) -> PostgresDocuments?
}

extension SQLEngine {
    package var localFile: String? { nil }
    package func documents(patience: Duration) -> PostgresDocuments? { nil }
}

/// One connection inside a transaction.
package protocol SQLSession {
    var dialect: SQLDialect { get }

    func rows(_ statement: SQLStatement) throws -> [SQLRow]

    /// - Returns: The number of rows that were written.
    @discardableResult
    func execute(_ statement: SQLStatement) throws -> Int

    /// Runs one statement for each row of values, by number: see `execute(_:each:)` of named ones.
    ///
    /// - Returns: For each row of values, the number of rows that were written.
    @discardableResult
    func execute(_ statement: SQLStatement, each rows: [[SQLValue]]) throws -> [Int]
}

extension SQLSession {
    /// Has the rest of a transaction read pages by the index that has their rows in order.
    ///
    /// PostgreSQL takes what waits for a few rows, and so it does with all of a table that it has no statistics of yet: it
    /// would read and sort all of them for each page, by a bitmap. Other questions need bitmaps: each `OR` of two
    /// columns does.
    func readInOrder() throws {
        if self.dialect == .postgres { try self.execute("SET LOCAL enable_bitmapscan = off") }
    }
}
