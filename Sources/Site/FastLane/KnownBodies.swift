import Composer
import Store
import Synchronization

/// Bytes of documents that are read from the database once.
///
/// They are asked for by what they are, so that no commit makes them others, and are kept only where they are what their hash
/// names: bytes that were damaged, and are mended, are read again. Which bytes a document has is never known from here.
final class KnownBodies: Sendable {
    private let blobs: Mutex<KnownBlobs>

    /// - Parameter mostBytes: Of all that is kept.
    init(mostBytes: Int) { self.blobs = Mutex(KnownBlobs(mostBytes: mostBytes)) }

    subscript(hash: ContentHash) -> Blob? { self.blobs.withLock { $0[hash] } }

    /// - Throws: ``StoreError`` where they are not what they are called.
    func keep(_ blob: Blob) throws {
        guard self.blobs.withLock({ $0.admits(blob) }) else { return }
        _ = try blob.verified()
        self.blobs.withLock { $0.keep(blob) }
    }

    /// - Parameter reader: Asked for what is not known.
    /// - Throws: ``StoreError``, also where nothing has this hash any more, or what has it is damaged.
    func blob(_ hash: ContentHash, _ reader: SQLiteDocumentReader) throws -> Blob {
        if let known = self[hash] { return known }
        let blob = try reader.blob(hash)
        try self.keep(blob)
        return blob
    }
}
