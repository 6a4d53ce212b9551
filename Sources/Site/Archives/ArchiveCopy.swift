import NIOCore
import NIOPosix
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A copy of an archive that is being written while its bytes are sent; who sends them notices nothing of its failures.
final class ArchiveCopy: Sendable {
    private let name: String
    private let size: Int64
    private let cache: ArchiveCache
    private let path: String
    private let file: SystemPackage.FileDescriptor
    private let isOpen = Atomic(true)

    /// - Returns: nil where it can't be made.
    init?(of name: String, _ size: Int64, in cache: ArchiveCache) async {
        self.name = name
        self.size = size
        self.cache = cache
        let path = "\(cache.folder)/\(UInt64.random(in: 0 ... .max))\(ArchiveCache.unfinished)"
        self.path = path
        do {
            self.file = try await NIOThreadPool.singleton.runIfActive {
                try SystemPackage.FileDescriptor.open(
                    FilePath(path),
                    .writeOnly,
                    options: [.create, .exclusiveCreate, .closeOnExec],
                    permissions: [.ownerReadWrite, .groupRead, .otherRead]
                )
            }
        } catch {
            cache.noteFailure(error)
            cache.end(name, size: size, isWhole: false)
            return nil
        }
    }

    deinit { self.close(isWhole: false) }

    func write(_ bytes: ByteBuffer) async {
        guard self.isOpen.load(ordering: .relaxed) else { return }
        do {
            try await NIOThreadPool.singleton.runIfActive { [file] in
                _ = try bytes.withUnsafeReadableBytes { try file.writeAll($0) }
            }
        } catch {
            self.cache.noteFailure(error)
            self.close(isWhole: false)
        }
    }

    /// All of it was written, and is right.
    func finish() async { self.close(isWhole: true) }

    func drop() async { self.close(isWhole: false) }

    private func close(isWhole: Bool) {
        guard self.isOpen.exchange(false, ordering: .relaxed) else { return }
        var isWhole = isWhole
        // A full disk may be told here.
        do { try self.file.close() } catch {
            self.cache.noteFailure(error)
            isWhole = false
        }
        if !isWhole || rename(self.path, "\(self.cache.folder)/\(self.name)") != 0 {
            unlink(self.path)
            isWhole = false
        }
        self.cache.end(self.name, size: self.size, isWhole: isWhole)
    }
}
