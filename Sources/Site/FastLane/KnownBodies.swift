import Composer
import Store
import Synchronization

/// Bytes of documents of a SQLite file, which are read from it once.
///
/// They are asked for by what they are, so that no commit makes them others, and are kept only where they are what their hash
/// names: bytes that were damaged, and are mended, are read again. Which bytes a document has is never known from here.
final class KnownBodies: Sendable {
    private let blobs: Mutex<KnownBlobs<ContentHash>>

    /// - Parameter mostBytes: Of all that is kept.
    init(mostBytes: Int) { self.blobs = Mutex(KnownBlobs(mostBytes: mostBytes)) }

    /// - Parameter reader: Asked for what is not known.
    /// - Throws: ``StoreError``, also where nothing has this hash any more, or what has it is damaged.
    func blob(_ hash: ContentHash, _ reader: SQLiteDocumentReader) throws -> Blob {
        if let known = self.blobs.withLock({ $0[hash] }) { return known }
        let blob = try reader.blob(hash)
        guard self.blobs.withLock({ $0.admits(blob) }) else { return blob }
        _ = try blob.verified()
        self.blobs.withLock { $0.keep(blob, as: hash) }
        return blob
    }
}
