package import Store

/// Results of one or two columns, as questions of tests have them.
extension SQLRow {
    package func integer(_ column: Int) throws -> Int64 { try self.value(column) }
    package func optionalInteger(_ column: Int) throws -> Int64? { try self.value(column) }
    package func text(_ column: Int) throws -> String { try self.value(column) }
    package func blob(_ column: Int) throws -> [UInt8] { try self.value(column) }
    package func optionalBlob(_ column: Int) throws -> [UInt8]? { try self.value(column) }

    private func value<Value: SQLReadable>(_ column: Int) throws -> Value {
        guard let value = Value(sql: self.values[column]) else {
            throw StoreError.unexpectedColumn("column \(column) of a result is no \(Value.self)")
        }
        return value
    }
}
