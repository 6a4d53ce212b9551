import Composer
import Foundation
import GRDBSQLite
import Store

/// Reads documents in some microseconds on the thread that asks: one thread at a time, on a connection of its own.
///
/// Straight on SQLite's C interface: through GRDB's queue and rows, a document takes several times as long. Each call sees
/// the last commit, whichever process made it. Where it would have to wait for a lock, it throws at once.
final class SQLiteDocumentReader {
    private let connection: OpaquePointer
    private let documents: OpaquePointer
    private let blobs: OpaquePointer
    private var walIndex: UnsafeRawPointer?

    /// There is a reader for each processor; all of them together keep 16 MB.
    private static let cacheKilobytes = max(512, 16_384 / max(2, ProcessInfo.processInfo.activeProcessorCount))

    init(path: String) throws {
        var connection: OpaquePointer?
        func prepare(_ text: String) -> OpaquePointer? {
            var statement: OpaquePointer?
            return sqlite3_prepare_v2(connection, text, -1, &statement, nil) == SQLITE_OK ? statement : nil
        }
        let lastModified = Store.lastModified.rendered(for: .sqlite).text
        let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(path, &connection, flags, nil) == SQLITE_OK, let connection,
            sqlite3_exec(connection, "PRAGMA cache_size = -\(Self.cacheKilobytes)", nil, nil, nil) == SQLITE_OK,
            let documents = prepare("SELECT content_hash, \(lastModified) FROM objects WHERE key = ?"),
            let blobs = prepare("SELECT encoding, size, bytes FROM blobs WHERE hash = ?")
        else {
            let reason = String(cString: sqlite3_errmsg(connection))
            Self.close(connection)
            throw StoreError.cannotOpen(database: path, reason: reason)
        }
        self.connection = connection
        self.documents = documents
        self.blobs = blobs
    }

    deinit { Self.close(self.connection) }

    private static func close(_ connection: OpaquePointer?) {
        guard let connection else { return }
        while let statement = sqlite3_next_stmt(connection, nil) { sqlite3_finalize(statement) }
        sqlite3_close_v2(connection)
    }

    /// - Parameter body: Where it asks for ``blob(_:)``, it gets that from the same snapshot.
    /// - Returns: What `body` makes of the document at that path; nil where there is none.
    /// - Throws: ``StoreError``, such as when the file is locked.
    func withDocument<Result>(at path: String, _ body: (KnownDocument) throws -> Result) throws -> Result? {
        // The snapshot lasts until this statement is reset.
        defer { sqlite3_reset(self.documents) }
        var path = path
        let isThere = try path.withUTF8 { path in
            sqlite3_bind_text64(self.documents, 1, path.baseAddress, UInt64(path.count), nil, UInt8(SQLITE_UTF8))
            return try self.step(self.documents)
        }
        guard isThere, let content = ContentHash(bytes: Self.bytes(self.documents, 0)) else { return nil }
        return try body(KnownDocument(content: content, lastModifiedSeconds: sqlite3_column_int64(self.documents, 1)))
    }

    /// What is called by this hash.
    ///
    /// - Throws: ``StoreError``, also where nothing has this hash any more.
    func blob(_ hash: ContentHash) throws -> Blob {
        defer { sqlite3_reset(self.blobs) }
        let isThere = try hash.bytes.withUnsafeBytes { bytes in
            sqlite3_bind_blob64(self.blobs, 1, bytes.baseAddress, UInt64(bytes.count), nil)
            return try self.step(self.blobs)
        }
        guard isThere, let name = sqlite3_column_text(self.blobs, 0),
            let encoding = Blob.Encoding(rawValue: String(cString: name))
        else { throw StoreError.corruptBlob(hash: hash.hexadecimal) }
        let size = Int(sqlite3_column_int64(self.blobs, 1))
        return Blob(hash: hash, encoding: encoding, size: size, bytes: Self.bytes(self.blobs, 2))
    }

    /// What the database contains now, to be compared; nil where that can't be told.
    func state() -> WALState? {
        if self.walIndex == nil { self.walIndex = Self.walIndex(of: self.connection) }
        return self.walIndex.flatMap(WALState.init(walIndex:))
    }

    /// Where SQLite has mapped the beginning of the WAL index; it stays there as long as the connection.
    private static func walIndex(of connection: OpaquePointer) -> UnsafeRawPointer? {
        var mode: OpaquePointer?
        defer { sqlite3_finalize(mode) }
        var file: UnsafeMutablePointer<sqlite3_file>?
        // To ask for the mode opens the index; where the mode is another one, there is none to be opened.
        guard sqlite3_prepare_v2(connection, "PRAGMA journal_mode", -1, &mode, nil) == SQLITE_OK,
            sqlite3_step(mode) == SQLITE_ROW, sqlite3_column_text(mode, 0).map({ String(cString: $0) }) == "wal",
            sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK,
            let file, let methods = file.pointee.pMethods, methods.pointee.iVersion >= 2,
            let map = methods.pointee.xShmMap
        else { return nil }
        var region: UnsafeMutableRawPointer?
        // Regions of this size are what SQLite has.
        return map(file, 0, 32_768, 0, &region) == SQLITE_OK ? UnsafeRawPointer(region) : nil
    }

    /// - Returns: Whether there is a row.
    private func step(_ statement: OpaquePointer) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw StoreError.retryable(reason: String(cString: sqlite3_errmsg(self.connection)))
        }
    }

    private static func bytes(_ row: OpaquePointer, _ column: Int32) -> [UInt8] {
        let start = sqlite3_column_blob(row, column)
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(row, column))))
    }
}
