import FoundationEssentials
import GRDB

/// SQLite in WAL mode through GRDB: readers next to one writer, several processes on one file.
///
/// A write waits up to 60 s for the writer of another process, which is far longer than any transaction here
/// takes.
package final class SQLiteEngine: SQLEngine {
    package let dialect = SQLDialect.sqlite
    private let pool: DatabasePool
    private let path: String
    private let checkpoints: SQLiteCheckpoints

    /// Pages of 4 KiB in the log before they are brought into the file, which waits for the disk twice: 32 MB.
    ///
    /// The index of blobs by hash is written to all over: of 56,000 pages that 10,000 packages write, 34,000 are of its
    /// 1,700. At SQLite's own 1,000 pages each is brought into the file again and again.
    package static let checkpointPages = 8_000

    /// Opens `path`, creating the file and its folder where they are missing.
    ///
    /// - Parameters:
    ///   - cacheBytes: Pages that each connection keeps.
    ///   - checkpointPages: Pages in the log before they are brought into the file.
    ///   - patience: Seconds that a write waits for that of another process.
    /// - Throws: ``StoreError/cannotOpen(database:reason:)``.
    package init(
        path: String,
        readers: Int = 4,
        cacheBytes: Int = 16 << 20,
        checkpointPages: Int = SQLiteEngine.checkpointPages,
        patience: Double = 60
    ) throws {
        self.path = path
        let checkpoints = SQLiteCheckpoints(path: path, limit: checkpointPages)
        self.checkpoints = checkpoints
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(patience)
        configuration.maximumReaderCount = max(1, readers)
        configuration.label = "packline"
        configuration.prepareDatabase { database in
            // Temporary tables stay off the disk.
            try database.execute(
                sql: """
                    PRAGMA cache_size = -\(cacheBytes >> 10);
                    PRAGMA temp_store = MEMORY;
                    """
            )
            // Each connection keeps this closure, and so what it is watched by.
            try checkpoints.watch(database)
        }
        do {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(
                at: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: SQLiteFiles.folderMode]
            )
            SQLiteFiles.create(path)
            self.pool = try DatabasePool(path: path, configuration: configuration)
            // Not before it is known to be a database: the path of another file may have been given by mistake.
            SQLiteFiles.keepFromOthers(path)
        } catch let error as DatabaseError {
            throw StoreError.cannotOpen(
                database: path,
                reason: error.message ?? "SQLite code \(error.resultCode.rawValue)"
            )
        } catch {
            throw StoreError.cannotOpen(database: path, reason: "\(error)")
        }
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        do {
            return try await self.pool.read { try body(SQLiteSession(database: $0)) }
        } catch let error as DatabaseError {
            throw error.asStoreError
        }
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        let result: Result
        do {
            result = try await self.pool.write { try body(SQLiteSession(database: $0)) }
        } catch let error as DatabaseError {
            throw error.asStoreError
        }
        // What is written is written, and a checkpoint that could not be made is made later. A disk that is full shows at the
        // next write.
        if self.checkpoints.isDue {
            try? await self.pool.writeWithoutTransaction { [checkpoints] writer in
                // Others may have written too, and have waited here together.
                if checkpoints.isDue { _ = try checkpoints.run(by: writer) }
            }
        }
        return result
    }

    /// Brings the log into the file, while nobody writes.
    ///
    /// - Returns: Whether all of it is there now; otherwise somebody still reads what was before.
    /// - Throws: ``StoreError``, where another process writes for too long, or the disk is full.
    package func checkpoint() async throws -> Bool {
        do {
            return try await self.pool.writeWithoutTransaction { [checkpoints] in try checkpoints.run(by: $0) }
        } catch let error as DatabaseError {
            throw error.asStoreError
        }
    }

    package var localFile: String? { self.path }

    package func sizeInBytes() async throws -> Int64 { Self.sizeInBytes(path: self.path) }

    static func sizeInBytes(path: String) -> Int64 {
        var total: Int64 = 0
        for suffix in ["", "-wal"] {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
            total += (attributes?[.size] as? Int64) ?? Int64(attributes?[.size] as? Int ?? 0)
        }
        return total
    }
}

extension DatabaseError {
    var asStoreError: StoreError {
        StoreError.failed(
            reason: "\(self.message ?? "unknown") (SQLite code \(self.extendedResultCode.rawValue))",
            statement: self.sql ?? "COMMIT"
        )
    }
}
