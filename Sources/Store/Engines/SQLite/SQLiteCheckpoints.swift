import FoundationEssentials
import GRDB
import GRDBSQLite
import Synchronization

/// Brings SQLite's log into the file once it is long, while nobody writes.
///
/// SQLite would do so itself after a commit, and let others write meanwhile. Up to 3.51.2 a checkpoint that begins where
/// another has just ended may then go by the header of a log that a writer has begun anew since, and pass over what was
/// committed (https://www.sqlite.org/wal.html#walresetbug). Whoever holds the writer's lock keeps the log from being begun anew.
final class SQLiteCheckpoints: Sendable {
    private let path: String
    /// Pages in the log from which on it is brought into the file.
    private let limit: Int
    /// Pages in the log after the last commit of this process.
    private let pages = Atomic(0)
    /// The limit, or more from a checkpoint on until the log is begun anew, which waits for whoever reads it.
    private let due: Atomic<Int>

    init(path: String, limit: Int) {
        self.path = path
        self.limit = limit
        self.due = Atomic(limit)
    }

    var isDue: Bool { self.pages.load(ordering: .relaxed) >= self.due.load(ordering: .relaxed) }

    /// Keeps SQLite from checkpoints of its own, and hears of each commit.
    ///
    /// The connection must not outlive this.
    func watch(_ database: Database) throws {
        try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
        sqlite3_wal_hook(
            database.sqliteConnection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                let checkpoints = Unmanaged<SQLiteCheckpoints>.fromOpaque(context).takeUnretainedValue()
                checkpoints.note(pages: Int(pages))
                return SQLITE_OK
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    private func note(pages: Int) {
        let before = self.pages.exchange(pages, ordering: .relaxed)
        if pages < before { self.due.store(self.limit, ordering: .relaxed) }
    }

    /// - Parameter writer: A connection without a transaction. It can't make the checkpoint itself while it holds the lock: another
    ///   one does.
    /// - Returns: Whether all of the log is in the file now; otherwise somebody still reads what was before.
    /// - Throws: `DatabaseError`, where another process writes for too long, the disk is full, or the file was moved away.
    func run(by writer: Database) throws -> Bool {
        // However it ends, not with each commit from now on: all who write wait for it.
        self.due.store(self.pages.load(ordering: .relaxed) + self.limit / 8, ordering: .relaxed)
        var isWhole = false
        try writer.inTransaction(.immediate) {
            // Where somebody has moved it away, a new one would be made.
            guard FileManager.default.fileExists(atPath: self.path) else {
                throw DatabaseError(resultCode: .SQLITE_CANTOPEN)
            }
            let (inLog, brought) = try DatabaseQueue(path: self.path).inDatabase { try $0.checkpoint(.passive) }
            isWhole = brought == inLog
            return .rollback
        }
        return isWhole
    }
}
