import Composer
import FoundationEssentials
import GRDB

/// A connection of its own that reads only, and gives up at once where it would have to wait for a lock.
final class SQLiteDocumentReader: DocumentReader {
    private let queue: DatabaseQueue

    init(path: String) throws {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.busyMode = .immediateError
        configuration.label = "packline-documents"
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -8192") }
        self.queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    func document(at path: String) throws -> (content: ContentHash, changedAtMilliseconds: Int64)? {
        try self.queue.unsafeRead { database in
            let statement = try database.cachedStatement(
                sql: "SELECT content_hash, content_changed_at_ms FROM documents WHERE path = ?"
            )
            guard let row = try Row.fetchOne(statement, arguments: [path]),
                let bytes = row[0] as Data?, let hash = ContentHash(bytes: [UInt8](bytes))
            else { return nil }
            return (hash, row[1])
        }
    }

    func content(_ hash: ContentHash) throws -> Blob? {
        try self.queue.unsafeRead { database in
            let statement = try database.cachedStatement(
                sql: "SELECT hash, encoding, size, bytes FROM blobs WHERE hash = ?"
            )
            guard let row = try Row.fetchOne(statement, arguments: [Data(hash.bytes)]) else { return nil }
            return try Blob(row: SQLRow(values: row.databaseValues.map(SQLValue.init(databaseValue:))), from: 0)
        }
    }
}
