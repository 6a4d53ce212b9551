import Composer
import FoundationEssentials
import GRDB

/// A connection of its own that reads only, and gives up at once where it would have to wait for a lock.
final class SQLiteProbe: DocumentProbe {
    private let queue: DatabaseQueue

    init(path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.busyMode = .immediateError
        configuration.label = "packline-probe"
        self.queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// SQLite compares a number in the shared memory of its log: no page is read.
    func version() throws -> Int64 {
        try self.queue.unsafeRead { database in
            try Int64.fetchOne(database.cachedStatement(sql: "PRAGMA data_version")) ?? 0
        }
    }

    func state(of path: String) throws -> WantedDocument? {
        try self.queue.unsafeRead { database in
            let statement = try database.cachedStatement(
                sql: "SELECT content_hash, content_changed_at_ms FROM documents WHERE path = ?"
            )
            guard let row = try Row.fetchOne(statement, arguments: [path]),
                let bytes = row[0] as Data?, let hash = ContentHash(bytes: [UInt8](bytes))
            else { return nil }
            return WantedDocument(hash: hash, changedAtMilliseconds: row[1])
        }
    }
}
