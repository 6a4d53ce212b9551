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

    /// What reads documents on the thread that asks; nil for a database that has to be asked over a network.
    func documentReader() throws -> SQLiteDocumentReader?
}

extension SQLEngine {
    package func documentReader() throws -> SQLiteDocumentReader? { nil }
}

/// One connection inside a transaction.
package protocol SQLSession {
    var dialect: SQLDialect { get }

    func rows(_ statement: SQLStatement) throws -> [SQLRow]

    /// - Returns: The number of rows that were written.
    @discardableResult
    func execute(_ statement: SQLStatement) throws -> Int

    /// Runs one statement for each row of values, which stand at its `\(parameter:)` places.
    ///
    /// - Returns: For each row of values, the number of rows that were written.
    @discardableResult
    func execute(_ statement: SQLStatement, each rows: [[SQLValue]]) throws -> [Int]
}

extension SQLSession {
    /// The same for rows that are too many to be held at once.
    func execute(_ statement: SQLStatement, eachOf rows: some Sequence<[SQLValue]>) throws {
        var batch: [[SQLValue]] = []
        for row in rows {
            batch.append(row)
            guard batch.count == 2_000 else { continue }
            try self.execute(statement, each: batch)
            batch.removeAll(keepingCapacity: true)
        }
        try self.execute(statement, each: batch)
    }
}

/// One row of a result, read by position.
package struct SQLRow: Sendable {
    package let values: [SQLValue]

    package init(values: [SQLValue]) { self.values = values }

    /// - Throws: ``StoreError/unexpectedColumn(_:)`` when the column holds something else: the database was
    ///   written by another program.
    package func integer(_ column: Int) throws -> Int64 {
        guard case .integer(let value) = self.values[column] else { throw self.mismatch(column, "an integer") }
        return value
    }

    package func optionalInteger(_ column: Int) throws -> Int64? {
        if case .null = self.values[column] { nil } else { try self.integer(column) }
    }

    package func text(_ column: Int) throws -> String {
        guard case .text(let value) = self.values[column] else { throw self.mismatch(column, "text") }
        return value
    }

    package func optionalText(_ column: Int) throws -> String? {
        if case .null = self.values[column] { nil } else { try self.text(column) }
    }

    package func blob(_ column: Int) throws -> [UInt8] {
        guard case .blob(let value) = self.values[column] else { throw self.mismatch(column, "bytes") }
        return value
    }

    package func optionalBlob(_ column: Int) throws -> [UInt8]? {
        if case .null = self.values[column] { nil } else { try self.blob(column) }
    }

    private func mismatch(_ column: Int, _ expected: String) -> StoreError {
        .unexpectedColumn("column \(column) of a result is not \(expected)")
    }
}
