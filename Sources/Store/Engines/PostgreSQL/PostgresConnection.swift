import CPostgres
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One blocking connection through libpq.
///
/// Used by one thread at a time; see ``PostgresEngine``.
///
/// Nothing of a session is relied upon between transactions (no named statements, no `SET` but `SET LOCAL`, no
/// session locks), so that PgBouncer may hand each transaction to another server process.
final class PostgresConnection: SQLSession {
    let dialect = SQLDialect.postgres
    let handle: OpaquePointer

    /// Statements sent in pipeline mode before their results are read; with more, both sides could wait for the
    /// other to read.
    private static let pipelineDepth = 64

    /// For a connection that others must not have to wait for: what is at the other end is seen to be gone in half a
    /// minute.
    static let watchful = [
        "connect_timeout": "10", "tcp_user_timeout": "20000", "keepalives_idle": "15", "keepalives_interval": "5",
        "keepalives_count": "3",
    ]

    /// - Parameter settings: What the URL says nothing of, as libpq names it.
    /// - Throws: ``StoreError/cannotOpen(database:reason:)``; the reason is a ``PostgresRefusal``.
    init(url: String, settings: [String: String] = [:]) throws {
        if let problem = DatabaseURL.problem(of: url) { throw StoreError.badDatabaseURL(problem) }
        guard let handle = Self.connect(url, settings) else {
            throw StoreError.cannotOpen(database: Self.withoutSecrets(url), reason: "out of memory")
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            let refusal = PostgresRefusal(message: PQerrorMessage(handle))
            PQfinish(handle)
            throw StoreError.cannotOpen(database: Self.withoutSecrets(url), reason: refusal.rawValue)
        }
        // Notices would be printed to standard error.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        self.handle = handle
    }

    deinit { PQfinish(self.handle) }

    private static func connect(_ url: String, _ settings: [String: String]) -> OpaquePointer? {
        // Of two that say the same the last one counts. A database that is a URL stands for all that is in it.
        let parameters = settings.map { ($0.key, $0.value) } + [("dbname", url)]
        let (names, values) = (parameters.map { strdup($0.0) }, parameters.map { strdup($0.1) })
        defer { for text in names + values { free(text) } }
        func pointers(_ texts: [UnsafeMutablePointer<CChar>?]) -> [UnsafePointer<CChar>?] {
            texts.map { UnsafePointer($0) } + [nil]
        }
        return PQconnectdbParams(pointers(names), pointers(values), 1)
    }

    /// Whether what goes over it can be read on the way, see ``isUnprotected(address:usesTLS:mode:)``.
    var isUnprotected: Bool {
        var mode = ""
        if let options = PQconninfo(self.handle) {
            defer { PQconninfoFree(options) }
            var index = 0
            while let keyword = options[index].keyword {
                if String(cString: keyword) == "sslmode", let value = options[index].val {
                    mode = String(cString: value)
                }
                index += 1
            }
        }
        return Self.isUnprotected(
            address: PQhostaddr(self.handle).map { String(cString: $0) } ?? "",
            usesTLS: PQsslInUse(self.handle) == 1,
            mode: mode
        )
    }

    /// Whether the connection can still be used.
    var isAlive: Bool { PQstatus(self.handle) == CONNECTION_OK }

    /// Runs statements without values, separated by semicolons, in one round trip.
    func command(_ text: String) throws {
        let result = PQexec(self.handle, text)
        defer { PQclear(result) }
        try self.check(result, text)
    }

    func rows(_ statement: SQLStatement) throws -> [SQLRow] {
        try self.run(statement, Self.rows)
    }

    func execute(_ statement: SQLStatement) throws -> Int { try self.run(statement, Self.affected) }

    /// Runs one statement and reads its result, which is freed afterwards.
    private func run<Result>(_ statement: SQLStatement, _ read: (OpaquePointer?) throws -> Result) throws -> Result {
        let (text, values) = statement.rendered(for: .postgres)
        let result = PostgresParameters(values).with { parameters in
            PQexecParams(
                self.handle,
                text,
                Int32(parameters.count),
                nil,
                parameters.values,
                parameters.lengths,
                parameters.formats,
                1
            )
        }
        defer { PQclear(result) }
        try self.check(result, text)
        return try read(result)
    }

    func execute(_ statement: SQLStatement, each rows: [[SQLValue]]) throws -> [Int] {
        guard !rows.isEmpty else { return [] }
        return try statement.takesBatches ? self.execute(statement, allOf: rows) : self.execute(statement, eachOf: rows)
    }

    /// Sends the statement once and its values row after row, without waiting for each answer.
    func execute(_ statement: SQLStatement, eachOf rows: [[SQLValue]]) throws -> [Int] {
        let (text, _) = statement.rendered(for: .postgres)
        guard PQenterPipelineMode(self.handle) == 1 else { throw self.failure(text) }
        defer { PQexitPipelineMode(self.handle) }
        var counts: [Int] = []
        counts.reserveCapacity(rows.count)
        var firstError: StoreError?
        for start in stride(from: 0, to: rows.count, by: Self.pipelineDepth) where firstError == nil {
            let batch = rows[start..<min(start + Self.pipelineDepth, rows.count)]
            if start == 0 { try self.send(PQsendPrepare(self.handle, "", text, 0, nil), text) }
            for values in batch { try self.sendPrepared(values, text) }
            try self.send(PQpipelineSync(self.handle), text)
            let expected = batch.count + (start == 0 ? 1 : 0)
            firstError = self.drain(expected, into: &counts, hasPrepare: start == 0, text)
        }
        if let firstError { throw firstError }
        return counts
    }

    private func sendPrepared(_ values: [SQLValue], _ text: String) throws {
        let sent = PostgresParameters(values).with { parameters in
            PQsendQueryPrepared(
                self.handle,
                "",
                Int32(parameters.count),
                parameters.values,
                parameters.lengths,
                parameters.formats,
                1
            )
        }
        try self.send(sent, text)
    }

    func send(_ status: Int32, _ text: String) throws {
        if status != 1 { throw self.failure(text) }
    }

    /// Reads all results up to the synchronisation point; the first error makes the server skip the rest.
    private func drain(_ expected: Int, into counts: inout [Int], hasPrepare: Bool, _ text: String) -> StoreError? {
        var firstError: StoreError?
        var isPrepare = hasPrepare
        for _ in 0..<expected {
            while let result = PQgetResult(self.handle) {
                let status = PQresultStatus(result)
                if status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK {
                    if isPrepare { isPrepare = false } else { counts.append(Self.affected(result)) }
                } else if status != PGRES_PIPELINE_ABORTED, firstError == nil {
                    firstError = Self.failure(result, text)
                }
                PQclear(result)
            }
        }
        // The synchronisation point itself.
        while let result = PQgetResult(self.handle) {
            let isSync = PQresultStatus(result) == PGRES_PIPELINE_SYNC
            PQclear(result)
            if isSync { break }
        }
        if firstError == nil, !self.isAlive { firstError = self.failure(text) }
        return firstError
    }

    func check(_ result: OpaquePointer?, _ text: String) throws {
        let status = PQresultStatus(result)
        if status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY { return }
        guard result != nil, self.isAlive else { throw self.failure(text) }
        throw Self.failure(result, text)
    }

    /// A statement that the server refused.
    ///
    /// Values come after a colon in the message, if at all, and anywhere in those about data (class 22).
    private static func failure(_ result: OpaquePointer?, _ text: String) -> StoreError {
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        let words = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) } ?? "no message"
        let message =
            state.hasPrefix("22")
            ? "a value is of no form that fits" : words[..<(words.firstRange(of: ": ")?.lowerBound ?? words.endIndex)]
        // Serialization, deadlock, a lock not had in time; the server restarts; the connection or PgBouncer's broke.
        if ["40001", "40P01", "55P03"].contains(state) || state.hasPrefix("57P") || state.hasPrefix("08") {
            return .retryable(reason: "\(message) (SQLSTATE \(state))")
        }
        return .failed(reason: "\(message) (SQLSTATE \(state))", statement: text)
    }

    func failure(_ text: String) -> StoreError {
        let refusal = PostgresRefusal(message: PQerrorMessage(self.handle))
        return self.isAlive
            ? .failed(reason: refusal.rawValue, statement: text) : .retryable(reason: refusal.rawValue)
    }

    static func rows(_ result: OpaquePointer?) throws -> [SQLRow] {
        let fields = 0..<PQnfields(result)
        let columns = SQLRow.Columns(
            fields.map { (PQfname(result, $0).map { String(cString: $0) } ?? "", Int($0)) },
            uniquingKeysWith: { first, _ in first }
        )
        return try (0..<PQntuples(result)).map { row in
            SQLRow(values: try fields.map { try Self.value(result, row, $0) }, columns: columns)
        }
    }

    static func affected(_ result: OpaquePointer?) -> Int {
        PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// One column of a result in binary format, or a text.
    static func value(_ result: OpaquePointer?, _ row: Int32, _ column: Int32) throws -> SQLValue {
        if PQgetisnull(result, row, column) == 1 { return .null }
        let length = Int(PQgetlength(result, row, column))
        let bytes = UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: length)
        let isText = PQfformat(result, column) == 0
        switch PQftype(result, column) {
        case 25 where isText: return .text(String(decoding: bytes, as: UTF8.self))
        case let type where isText:
            throw StoreError.unexpectedColumn("column \(column) of type \(type) comes as a text")
        case 20, 21, 23:
            let sign: Int64 = (bytes.first ?? 0) & 0x80 == 0 ? 0 : -1
            return .integer(bytes.reduce(sign) { $0 << 8 | Int64($1) })
        case 17: return .blob(Array(bytes))
        case 19, 25, 1042, 1043: return .text(String(decoding: bytes, as: UTF8.self))
        case let type: throw StoreError.unexpectedColumn("column \(column) of a result has PostgreSQL type \(type)")
        }
    }

    /// The URL as far as it may be shown.
    static func withoutSecrets(_ url: String) -> String {
        guard let at = url.lastIndex(of: "@"), let slashes = url.firstRange(of: "://") else {
            return String(url.prefix { $0 != "?" })
        }
        return url[..<slashes.upperBound] + "…" + url[at...].prefix { $0 != "?" }
    }
}

/// Values in the form that libpq takes: text for integers and strings, binary for bytes.
struct PostgresParameters {
    let values: [SQLValue]

    init(_ values: [SQLValue]) { self.values = values }

    struct Pointers {
        var count: Int
        var values: UnsafePointer<UnsafePointer<CChar>?>?
        var lengths: UnsafePointer<Int32>?
        var formats: UnsafePointer<Int32>?
    }

    /// All values lie in one buffer, which libpq copies from.
    func with<Result>(_ body: (Pointers) -> Result) -> Result {
        var storage: [UInt8] = []
        var offsets: [Int?] = []
        var lengths: [Int32] = []
        var formats: [Int32] = []
        for value in self.values {
            let start = storage.count
            switch value {
            case .null: break
            case .integer(let integer): storage += String(integer).utf8
            // libpq ends a text at its first zero byte, which PostgreSQL could not keep anyway.
            case .text(let text): storage += text.utf8.lazy.filter { $0 != 0 }
            case .blob(let bytes): storage += bytes
            }
            offsets.append(value == .null ? nil : start)
            lengths.append(Int32(storage.count - start))
            if case .blob = value { formats.append(1) } else { formats.append(0) }
            storage.append(0)
        }
        return storage.withUnsafeBufferPointer { storage in
            storage.withMemoryRebound(to: CChar.self) { storage in
                let pointers = offsets.map { offset in offset.flatMap { storage.baseAddress?.advanced(by: $0) } }
                return pointers.withUnsafeBufferPointer { pointers in
                    lengths.withUnsafeBufferPointer { lengths in
                        formats.withUnsafeBufferPointer { formats in
                            body(
                                Pointers(
                                    count: offsets.count,
                                    values: pointers.baseAddress,
                                    lengths: lengths.baseAddress,
                                    formats: formats.baseAddress
                                )
                            )
                        }
                    }
                }
            }
        }
    }
}
