/// The values of one row for a statement's `\(named:)` places: `["id": .integer(1), "state": .text("active")]`.
///
/// A list and not a dictionary: the names are looked up once for all rows of a statement, which therefore have the same
/// ones in the same order.
package struct SQLParameters: ExpressibleByDictionaryLiteral, Sendable {
    let names: [StaticString]
    let values: [SQLValue]

    package init(dictionaryLiteral elements: (StaticString, SQLValue)...) {
        self.names = elements.map(\.0)
        self.values = elements.map(\.1)
    }

    private init(names: [StaticString], values: [SQLValue]) {
        self.names = names
        self.values = values
    }

    /// These and others.
    static func + (left: Self, right: Self) -> Self {
        Self(names: left.names + right.names, values: left.values + right.values)
    }
}

extension SQLSession {
    /// Runs one statement for each row of values, which stand at its `\(named:)` places.
    ///
    /// - Returns: For each row of values, the number of rows that were written.
    /// - Throws: ``StoreError/failed(reason:statement:)`` where the statement names a value that the rows lack, or holds one
    ///   without a name.
    @discardableResult
    package func execute(_ statement: SQLStatement, each rows: [SQLParameters]) throws -> [Int] {
        guard let first = rows.first else { return [] }
        return try self.execute(try statement.numbered(by: first.names), each: rows.map(\.values))
    }

    /// The same for rows that are too many to be held at once.
    @discardableResult
    func execute(_ statement: SQLStatement, eachOf rows: some Sequence<SQLParameters>) throws -> [Int] {
        var batch: [SQLParameters] = []
        var written: [Int] = []
        for row in rows {
            batch.append(row)
            guard batch.count == 2_000 else { continue }
            written += try self.execute(statement, each: batch)
            batch.removeAll(keepingCapacity: true)
        }
        return written + (try self.execute(statement, each: batch))
    }
}

extension SQLStatement {
    /// The same with the places of values by number.
    fileprivate func numbered(by names: [StaticString]) throws -> SQLStatement {
        var places: [String: Int] = [:]
        for (index, name) in names.enumerated() { places["\(name)"] = index }
        var statement = self
        statement.parts = try self.parts.map { part in
            switch part {
            case .text, .unsafe, .word, .parameter, .rowBegins, .rowEnds: return part
            case .named(let name):
                guard let place = places["\(name)"] else { throw self.refused("there is no value for '\(name)'") }
                return .parameter(place)
            // It would be bound nowhere.
            default: throw self.refused("a value has no name, and there are rows of values")
            }
        }
        return statement
    }

    private func refused(_ reason: String) -> StoreError {
        .failed(reason: reason, statement: self.rendered(for: .sqlite).text)
    }
}
