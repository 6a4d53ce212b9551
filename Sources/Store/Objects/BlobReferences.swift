package import Composer

/// What one transaction changes of who names which blob.
///
/// `blobs.refs` is the number of pointers to a blob: contents of objects (but for those whose bytes are lost) and
/// payloads. Whoever moves a pointer says so here, and writes it in the transaction that moves the pointer; a blob that
/// nobody names any more is removed a while later by ``Store/cleanUp(_:limit:)``.
package struct BlobReferences {
    /// How many more pointers there are, or fewer.
    private var changes: [ContentHash: Int64] = [:]
    /// The bytes of those that are pointed to.
    private var blobs: [ContentHash: Blob] = [:]

    package init() {}

    /// A pointer that names `blob` from now on, or nothing, and named `old` before.
    ///
    /// Where it names the same as before, nothing is written.
    package mutating func point(to blob: Blob?, insteadOf old: ContentHash?) {
        guard blob?.hash != old else { return }
        if let old { self.changes[old, default: 0] -= 1 }
        if let blob {
            self.changes[blob.hash, default: 0] += 1
            self.blobs[blob.hash] = blob
        }
    }

    private static func counted(_ change: SQLStatement) -> SQLStatement {
        """
        refs = \(.greatest)(0, blobs.refs + \(change)),
            unreferenced_at_ms = CASE WHEN blobs.refs + \(change) > 0 THEN NULL ELSE \(.now) END
        """
    }

    /// What nobody named may be what was found damaged.
    private static let mended: SQLStatement = """
        encoding = CASE WHEN blobs.refs = 0 THEN excluded.encoding ELSE blobs.encoding END,
            bytes = CASE WHEN blobs.refs = 0 THEN excluded.bytes ELSE blobs.bytes END
        """

    /// Counts, and keeps blobs that are not there yet: in the order of their hashes, so that two writers can't wait for
    /// each other.
    package func write(_ session: any SQLSession) throws {
        let ordered = self.changes.sorted { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }
        let dropped = ordered.filter { $0.value < 0 }
        if !dropped.isEmpty, session.dialect == .postgres {
            _ = try session.rows(
                "SELECT hash FROM blobs WHERE hash \(anyOf: ordered.map(\.key.bytes)) ORDER BY hash \(.lockedRow)"
            )
        }
        try session.execute(
            """
            INSERT INTO blobs (hash, encoding, size, bytes, refs)
            \(row: "\(named: "hash"), \(named: "encoding"), \(named: "size"), \(named: "bytes"), \(named: "change")")
            ON CONFLICT (hash) DO UPDATE SET \(Self.counted("excluded.refs")), \(Self.mended)
            """,
            each: ordered.compactMap { hash, change -> SQLParameters? in
                guard change > 0, let blob = self.blobs[hash] else { return nil }
                return [
                    "hash": .blob(hash.bytes), "encoding": .text(blob.encoding.rawValue),
                    "size": .integer(Int64(blob.size)), "bytes": .blob(blob.bytes), "change": .integer(change),
                ]
            }
        )
        try session.execute(
            """
            UPDATE blobs SET \(Self.counted("CAST(\(named: "change") AS BIGINT)")) \(.ofBatch)
            WHERE hash = \(named: "hash")
            """,
            each: dropped.map { ["hash": .blob($0.key.bytes), "change": .integer($0.value)] }
        )
    }
}
