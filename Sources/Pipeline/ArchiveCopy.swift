import Archives
import ObjectStorage
import Synchronization

/// The bytes of an archive on their way from one bucket to another.
final class ArchiveCopy: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let file = Mutex<TemporaryFile?>(nil)
    private let folder: String?

    /// - Parameter folder: Where they are in a file; nil keeps them in memory.
    init(folder: String?) { self.folder = folder }

    /// What came before counts for nothing.
    func begin() throws {
        self.bytes.withLock { $0 = [] }
        guard let folder else { return }
        let new = try TemporaryFile(in: folder)
        self.file.withLock { $0 = new }
    }

    func append(_ piece: [UInt8]) throws {
        guard let file = self.file.withLock({ $0 }) else {
            self.bytes.withLock { $0 += piece }
            return
        }
        try piece.withUnsafeBytes { try file.append($0) }
    }

    /// To be used while this is there.
    func upload(_ key: String, size: Int, sha256: String) -> ObjectUpload {
        if let file = self.file.withLock({ $0 }) {
            return ObjectUpload(key: key, file: ObjectFile(path: file.path, size: size, sha256: sha256))
        }
        return ObjectUpload(key: key, bytes: self.bytes.withLock { $0 }, sha256: sha256)
    }
}
