import FoundationEssentials
import GRDB

/// A SQLite file of which nothing is changed, also where nothing can be.
struct SQLiteReader: SQLEngine {
    let dialect = SQLDialect.sqlite
    private let path: String
    private let queue: DatabaseQueue

    /// - Throws: ``StoreError/noDatabase(_:)``, ``StoreError/cannotOpen(database:reason:)``.
    init(path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { throw StoreError.noDatabase(path) }
        self.path = path
        do {
            self.queue = try Self.open(path)
        } catch let error as DatabaseError {
            throw StoreError.cannotOpen(
                database: path,
                reason: error.message ?? "SQLite code \(error.resultCode.rawValue)"
            )
        }
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(60)
        configuration.label = "packline"
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError
            where error.resultCode == .SQLITE_CANTOPEN || error.resultCode == .SQLITE_READONLY
        {
            // In WAL mode readers share an index beside the file, and where none can be made there, SQLite has to be told
            // that nobody writes. Not where there is a log: what it holds would be left out.
            guard !FileManager.default.fileExists(atPath: path + "-wal") else { throw error }
            let file = URL(fileURLWithPath: path).absoluteString
            return try DatabaseQueue(path: "\(file)?immutable=1", configuration: configuration)
        }
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        do {
            return try await self.queue.read { try body(SQLiteSession(database: $0)) }
        } catch let error as DatabaseError {
            throw error.asStoreError
        }
    }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        throw StoreError.cannotOpen(database: self.path, reason: "it was opened for reading only")
    }

    func sizeInBytes() async throws -> Int64 { SQLiteEngine.sizeInBytes(path: self.path) }
}
