package import Composer
package import Facts

/// One row of a result, read by the names of its columns.
package struct SQLRow: Sendable {
    /// The places of a result's columns by name; one for all rows of it.
    package typealias Columns = [String: Int]

    package let values: [SQLValue]
    private let columns: Columns

    package init(values: [SQLValue], columns: Columns) {
        self.values = values
        self.columns = columns
    }

    /// The value of a column.
    ///
    /// - Throws: ``StoreError/unexpectedColumn(_:)`` when there is none of that name, or it holds something else: the
    ///   database was written by another program.
    package subscript<Value: SQLReadable>(_ name: String) -> Value {
        get throws {
            guard let column = self.columns[name] else {
                throw StoreError.unexpectedColumn("a result has no column '\(name)'")
            }
            guard let value = Value(sql: self.values[column]) else {
                throw StoreError.unexpectedColumn("column '\(name)' of a result is no \(Value.self)")
            }
            return value
        }
    }
}

/// What a column can be read as.
package protocol SQLReadable {
    /// - Returns: nil where the value is of another type, or one that there is not.
    init?(sql value: SQLValue)
}

extension Int64: SQLReadable {
    package init?(sql value: SQLValue) {
        guard case .integer(let value) = value else { return nil }
        self = value
    }
}

extension Int: SQLReadable {
    package init?(sql value: SQLValue) {
        guard case .integer(let value) = value else { return nil }
        self = Int(value)
    }
}

/// 0 and 1: both engines have them as integers.
extension Bool: SQLReadable {
    package init?(sql value: SQLValue) {
        guard case .integer(let value) = value else { return nil }
        self = value != 0
    }
}

extension String: SQLReadable {
    package init?(sql value: SQLValue) {
        guard case .text(let value) = value else { return nil }
        self = value
    }
}

extension [UInt8]: SQLReadable {
    package init?(sql value: SQLValue) {
        guard case .blob(let value) = value else { return nil }
        self = value
    }
}

extension Optional: SQLReadable where Wrapped: SQLReadable {
    package init?(sql value: SQLValue) {
        if case .null = value {
            self = nil
        } else {
            guard let value = Wrapped(sql: value) else { return nil }
            self = value
        }
    }
}

extension ContentHash: SQLReadable {
    package init?(sql value: SQLValue) {
        guard case .blob(let bytes) = value else { return nil }
        self.init(bytes: bytes)
    }
}

extension SQLReadable where Self: RawRepresentable, RawValue: SQLReadable {
    package init?(sql value: SQLValue) {
        guard let raw = RawValue(sql: value) else { return nil }
        self.init(rawValue: raw)
    }
}

extension PackageState: SQLReadable {}
extension RunID: SQLReadable {}
extension SourceName: SQLReadable {}

extension Position: SQLReadable {
    package init?(sql value: SQLValue) {
        guard case .text(let text) = value else { return nil }
        self.init(text)
    }
}
