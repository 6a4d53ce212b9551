import CPostgres

/// Writing many rows with one statement.
///
/// To begin a statement takes PostgreSQL longer than to write a row: the checks, the conditions of indexes and the
/// generated columns of the table are made ready each time. Each column of values is sent as an array, and the statement
/// reads the rows that they make.
extension PostgresConnection {
    /// What goes in one message at the most: what the server makes of it stays in its `work_mem` of 4 MB by default.
    private static let batchRows = 1_000
    private static let batchBytes = 1 << 20

    /// Runs a statement that has a mark for it, see ``SQLStatement/takesBatches``, for many rows at once.
    ///
    /// - Returns: For each row of values, the number of rows that were written.
    func execute(_ statement: SQLStatement, allOf rows: [[SQLValue]]) throws -> [Int] {
        var written: [Int] = []
        written.reserveCapacity(rows.count)
        var start = 0
        while start < rows.count {
            var (end, bytes) = (start, 0)
            while end < rows.count, end - start < Self.batchRows, bytes < Self.batchBytes {
                bytes += rows[end].reduce(0) { $0 + $1.approximateSize }
                end += 1
            }
            written += try self.write(statement, rows[start..<end])
            start = end
        }
        return written
    }

    private func write(_ statement: SQLStatement, _ rows: ArraySlice<[SQLValue]>) throws -> [Int] {
        guard rows.count > 1, let batch = PostgresBatch(statement, rows) else {
            return try self.execute(statement, eachOf: Array(rows))
        }
        if !statement.inserts { return try self.send(batch, rows.count, hasNumbers: true) }
        // An INSERT can't say which row was written. Where not all were, each is tried by itself.
        try self.command("SAVEPOINT batch")
        let written = try self.send(batch, rows.count, hasNumbers: false)
        if written.isEmpty {
            try self.command("ROLLBACK TO SAVEPOINT batch; RELEASE SAVEPOINT batch")
            return try self.execute(statement, eachOf: Array(rows))
        }
        try self.command("RELEASE SAVEPOINT batch")
        return written
    }

    /// - Returns: For each row how many were written; nothing where that is not known.
    private func send(_ batch: PostgresBatch, _ count: Int, hasNumbers: Bool) throws -> [Int] {
        let result = PostgresParameters(batch.arrays.map { .blob($0.bytes) }).with { parameters in
            PQexecParams(
                self.handle,
                batch.text,
                Int32(parameters.count),
                batch.arrays.map(\.type),
                parameters.values,
                parameters.lengths,
                parameters.formats,
                1
            )
        }
        defer { PQclear(result) }
        try self.check(result, batch.text)
        if !hasNumbers { return Self.affected(result) == count ? [Int](repeating: 1, count: count) : [] }
        var written = [Int](repeating: 0, count: count)
        for row in 0..<PQntuples(result) {
            guard case .integer(let number) = try Self.value(result, row, 0) else { continue }
            written[Int(number) - 1] += 1
        }
        return written
    }
}

/// A statement that reads many rows from arrays, and these arrays.
struct PostgresBatch {
    private(set) var text = ""
    private(set) var arrays: [PostgresArray] = []

    /// - Parameter statement: With the places of values by number, as in `SQLSession.execute(_:each:)`.
    /// - Returns: Nil where no value is anything but NULL, or values of one place are of several types.
    init?(_ statement: SQLStatement, _ rows: ArraySlice<[SQLValue]>) {
        guard let first = rows.first else { return nil }
        // NULL in all rows is of no type, and stands in the text.
        var places: [Int?] = []
        for place in first.indices {
            guard rows.contains(where: { $0[place] != .null }) else {
                places.append(nil)
                continue
            }
            guard let array = PostgresArray(rows.lazy.map { $0[place] }, count: rows.count) else { return nil }
            self.arrays.append(array)
            places.append(self.arrays.count)
        }
        if self.arrays.isEmpty { return nil }
        let parameters = (1...self.arrays.count).map { "$\($0)" }.joined(separator: ", ")
        let columns = (1...self.arrays.count).map { "v\($0), " }.joined()
        let source = " FROM unnest(\(parameters)) WITH ORDINALITY AS batch (\(columns)number)"
        for part in statement.parts {
            switch part {
            case .parameter(let place): self.text += places[place].map { "batch.v\($0)" } ?? "NULL"
            case .rowBegins: self.text += "SELECT "
            case .rowEnds, .word(.ofBatch): self.text += source
            default: self.text += SQLStatement(part).rendered(for: .postgres).text
            }
        }
        if !statement.inserts { self.text += " RETURNING batch.number" }
    }
}

/// An array of one dimension in the binary format of PostgreSQL's `array_recv`.
struct PostgresArray {
    /// The number of the array's type in `pg_type`.
    let type: Oid
    private(set) var bytes: [UInt8] = []

    /// - Returns: Nil where the values are of several types, or all NULL.
    init?(_ values: some Sequence<SQLValue>, count: Int) {
        guard let (type, element) = values.lazy.compactMap(\.postgresTypes).first(where: { _ in true }) else {
            return nil
        }
        self.type = type
        self.append(Int32(1))
        self.append(Int32(1))
        self.append(Int32(bitPattern: element))
        self.append(Int32(count))
        self.append(Int32(1))
        for value in values {
            guard value == .null || value.postgresTypes?.element == element else { return nil }
            switch value {
            case .null: self.append(Int32(-1))
            case .integer(let number):
                self.append(Int32(8))
                self.append(number)
            case .text(var text):
                // Without zero bytes, as in `PostgresParameters`.
                text.withUTF8 { utf8 in
                    let zeros = utf8.count { $0 == 0 }
                    self.append(Int32(utf8.count - zeros))
                    if zeros == 0 { self.bytes += utf8 } else { self.bytes += utf8.filter { $0 != 0 } }
                }
            case .blob(let blob):
                self.append(Int32(blob.count))
                self.bytes += blob
            }
        }
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { self.bytes += $0 }
    }
}

extension SQLValue {
    /// The numbers of the type of an array and of its elements; those of `pg_type.dat` never change.
    fileprivate var postgresTypes: (array: Oid, element: Oid)? {
        switch self {
        case .null: nil
        case .integer: (1016, 20)
        case .text: (1009, 25)
        case .blob: (1001, 17)
        }
    }

    fileprivate var approximateSize: Int {
        switch self {
        case .null, .integer: 8
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        }
    }
}

extension SQLStatement {
    /// Whether all rows of values may be written at once: see `\(row:)` and `\(.ofBatch)`.
    var takesBatches: Bool {
        self.parts.contains { part in
            switch part {
            case .rowBegins, .word(.ofBatch): true
            default: false
            }
        }
    }

    fileprivate var inserts: Bool {
        self.parts.contains { if case .rowBegins = $0 { true } else { false } }
    }

    fileprivate init(_ part: Part) { self.parts = [part] }
}
