import Composer

/// What a PostgreSQL database says of documents, and what it would say again.
///
/// Used by one thread at a time. What is known is forgotten with the connection.
///
/// ### What is known stays known until the next commit
///
/// The database is asked for its present snapshot (`pg_current_snapshot()`: the oldest transaction under way, the first one
/// that has not begun, and those under way between them). What was read under a snapshot with the same text is what would
/// be read now. A transaction that was seen by neither and is seen later had a number before it committed: either one
/// below the snapshot's end, so that it was in the list of those under way, and is not in it any more; or one above it, and
/// then the end is behind it now. Numbers of subtransactions are not listed, but become visible with their parent's,
/// which is always numbered first. What rolls back changes the text in the same way, and costs nothing but a reading.
///
/// Three things that this does not hold for are in the text beside the snapshot, or make it NULL, and then nothing is known:
/// on a hot standby the list is always empty; after a crash or a failover numbers may be given again, which is
/// another server process (`pg_backend_pid()`) or another server (`pg_postmaster_start_time()`). Behind PgBouncer each
/// statement may go to another process; then too nothing older is believed. Each statement is a transaction of its own.
final class PostgresDocumentReader {
    /// The bytes of a document, as one transaction has written them.
    struct Body: Hashable {
        let hash: ContentHash
        /// The transaction's number.
        ///
        /// What was damaged or lost, and is mended, has another one.
        let version: String
        let length: Int
    }

    typealias Found = (document: KnownDocument, body: Body?)

    /// About 500 bytes each.
    private static let mostDocuments = 32_768

    private let connection: PostgresConnection
    private var state: String?
    private var documents: [String: Found] = [:]
    private(set) var blobs: KnownBlobs<Body>

    init(_ connection: PostgresConnection, cacheBytes: Int) {
        self.connection = connection
        self.blobs = KnownBlobs(mostBytes: cacheBytes)
    }

    private static let present: SQLStatement = """
        CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_snapshot()::text || ' ' || pg_backend_pid()::text
            || ' ' || pg_postmaster_start_time()::text END
        """
    private static let whatStateItIs: SQLStatement = "SELECT \(PostgresDocumentReader.present) AS state"

    /// Those of these documents that there are, and maybe others; without a body where its bytes are lost.
    func documents(at keys: some Collection<String>) throws -> [String: Found] {
        for row in try self.connection.rows(Self.whatStateItIs) { self.move(to: try row["state"]) }
        let unknown = Set(keys.lazy.filter { self.documents[$0] == nil })
        // Without a copy, which is why others may be among them.
        if unknown.isEmpty { return self.documents }
        // State and documents are of one snapshot, as all that one statement reads.
        let rows = try self.connection.rows(
            """
            SELECT \(Self.present) AS state, key, content_hash AS hash, \(Store.lastModified) AS modified,
                blobs.xmin::text AS version, octet_length(blobs.bytes) AS length
            FROM objects LEFT JOIN blobs ON blobs.hash = content_hash
            WHERE key \(anyOf: Array(unknown)) AND content_hash IS NOT NULL
            """
        )
        // Before what is known of another state is forgotten.
        var found = Dictionary(
            keys.lazy.compactMap { key in self.documents[key].map { (key, $0) } },
            uniquingKeysWith: { first, _ in first }
        )
        if let first = rows.first { self.move(to: try first["state"]) }
        for row in rows {
            let document = KnownDocument(content: try row["hash"], lastModifiedSeconds: try row["modified"])
            let body = try (row["version"] as String?).map { version in
                Body(hash: document.content, version: version, length: try row["length"])
            }
            let key: String = try row["key"]
            found[key] = (document, body)
            if self.state != nil { self.documents[key] = (document, body) }
        }
        return found
    }

    /// Forgets what was read under another state.
    private func move(to state: String?) {
        if state == nil || state != self.state || self.documents.count >= Self.mostDocuments {
            self.documents.removeAll(keepingCapacity: true)
        }
        self.state = state
    }

    /// The bytes of these, as far as they are there, and keeps them.
    func read(_ bodies: some Sequence<Body>) throws -> [ContentHash: Blob] {
        var found: [ContentHash: Blob] = [:]
        let rows = try self.connection.rows(
            """
            SELECT hash, encoding, size, bytes, xmin::text AS version FROM blobs
            WHERE hash \(anyOf: bodies.map(\.hash.bytes))
            """
        )
        for row in rows {
            let blob = try Blob(row: row)
            found[blob.hash] = blob
            self.blobs.keep(blob, as: Body(hash: blob.hash, version: try row["version"], length: blob.bytes.count))
        }
        return found
    }
}
