import GRDB
import GRDBSQLite

/// A connection inside a transaction of GRDB's, whose statements run on SQLite's C interface.
///
/// GRDB opens, guards and prepares; its way of values and rows takes several times as long as SQLite takes for a row
/// that is small.
struct SQLiteSession: SQLSession {
    let database: Database
    var dialect: SQLDialect { .sqlite }

    func rows(_ statement: SQLStatement) throws -> [SQLRow] {
        let (text, values) = statement.rendered(for: .sqlite)
        return try self.withStatement(text) { prepared in
            try self.bind(values, to: prepared)
            let columns = prepared.columns
            var rows: [SQLRow] = []
            while try self.step(prepared) { rows.append(SQLRow(values: prepared.row, columns: columns)) }
            return rows
        }
    }

    func execute(_ statement: SQLStatement) throws -> Int {
        let (text, values) = statement.rendered(for: .sqlite)
        return try self.withStatement(text) { try self.run($0, values) }
    }

    func execute(_ statement: SQLStatement, each rows: [[SQLValue]]) throws -> [Int] {
        guard !rows.isEmpty else { return [] }
        return try self.withStatement(statement.rendered(for: .sqlite).text) { prepared in
            try rows.map { try self.run(prepared, $0) }
        }
    }

    /// Leaves the statement as it was found, whatever happens: one that is not reset holds its snapshot.
    private func withStatement<Result>(_ text: String, _ body: (PreparedStatement) throws -> Result) throws -> Result {
        let prepared = PreparedStatement(handle: try self.database.cachedStatement(sql: text).sqliteStatement)
        defer { prepared.release() }
        return try body(prepared)
    }

    private func run(_ prepared: PreparedStatement, _ values: [SQLValue]) throws -> Int {
        let before = self.database.totalChangesCount
        try self.bind(values, to: prepared)
        while try self.step(prepared) {}
        prepared.reset()
        return self.database.totalChangesCount - before
    }

    private func bind(_ values: [SQLValue], to prepared: PreparedStatement) throws {
        guard prepared.places == values.count else {
            let reason = "\(values.count) values for \(prepared.places) places"
            throw StoreError.failed(reason: reason, statement: prepared.text)
        }
        prepared.bind(values)
    }

    /// - Returns: Whether there is a row.
    private func step(_ prepared: PreparedStatement) throws -> Bool {
        switch prepared.step() {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        // GRDB interrupts a connection whose task was cancelled.
        case SQLITE_INTERRUPT: throw CancellationError()
        case let code:
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code),
                message: self.database.lastErrorMessage,
                sql: prepared.text
            )
        }
    }
}

/// A statement that SQLite has compiled: values go in and rows come out without a detour.
private struct PreparedStatement {
    let handle: OpaquePointer

    /// SQLite copies what it is given.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    var text: String { String(cString: sqlite3_sql(self.handle)) }

    var places: Int { Int(sqlite3_bind_parameter_count(self.handle)) }

    var columns: SQLRow.Columns {
        SQLRow.Columns(
            (0..<sqlite3_column_count(self.handle)).map { column in
                (String(cString: sqlite3_column_name(self.handle, column)), Int(column))
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    func step() -> Int32 { sqlite3_step(self.handle) }
    func reset() { sqlite3_reset(self.handle) }

    func release() {
        sqlite3_reset(self.handle)
        sqlite3_clear_bindings(self.handle)
    }

    func bind(_ values: [SQLValue]) {
        for (place, value) in zip(Int32(1)..., values) {
            switch value {
            case .null: sqlite3_bind_null(self.handle, place)
            case .integer(let number): sqlite3_bind_int64(self.handle, place, number)
            case .text(var text):
                text.withUTF8 { text in
                    let length = UInt64(text.count)
                    // Without an address it would be NULL.
                    let start = text.baseAddress.map(UnsafeRawPointer.init) ?? UnsafeRawPointer(bitPattern: 1)
                    let characters = start?.assumingMemoryBound(to: CChar.self)
                    _ = sqlite3_bind_text64(self.handle, place, characters, length, Self.copied, UInt8(SQLITE_UTF8))
                }
            case .blob(let bytes):
                bytes.withUnsafeBytes { bytes in
                    _ =
                        bytes.isEmpty
                        ? sqlite3_bind_zeroblob(self.handle, place, 0)
                        : sqlite3_bind_blob64(
                            self.handle,
                            place,
                            bytes.baseAddress,
                            UInt64(bytes.count),
                            Self.copied
                        )
                }
            }
        }
    }

    /// The values of the row that the last step has come to.
    var row: [SQLValue] {
        let count = Int(sqlite3_column_count(self.handle))
        return [SQLValue](unsafeUninitializedCapacity: count) { values, initialized in
            for column in 0..<count { values.initializeElement(at: column, to: self.value(Int32(column))) }
            initialized = count
        }
    }

    private func value(_ column: Int32) -> SQLValue {
        switch sqlite3_column_type(self.handle, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(self.handle, column))
        // Sums may become one; what fits no integer is none, and then the wrong kind of column.
        case SQLITE_FLOAT:
            let number = sqlite3_column_double(self.handle, column)
            return Int64(exactly: number.rounded(.towardZero)).map(SQLValue.integer) ?? .null
        case SQLITE_TEXT:
            // First the text and then its length: the other way round is not defined.
            guard let text = sqlite3_column_text(self.handle, column) else { return .null }
            let length = Int(sqlite3_column_bytes(self.handle, column))
            return .text(String(decoding: UnsafeBufferPointer(start: text, count: length), as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(self.handle, column)
            let length = Int(sqlite3_column_bytes(self.handle, column))
            return .blob([UInt8](UnsafeRawBufferPointer(start: start, count: length)))
        default: return .null
        }
    }
}
