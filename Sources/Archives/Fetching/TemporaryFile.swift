package import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file without a name, which is gone with the last descriptor of it: after `kill -9` as well.
package final class TemporaryFile: Sendable {
    /// For reading anywhere; nobody moves its position but ``append(_:)``.
    package let descriptor: FileDescriptor

    /// - Parameter folder: Where it takes up space.
    /// - Throws: `Errno`.
    package init(in folder: String) throws {
        self.descriptor = try Self.nameless(in: folder) ?? Self.unlinked(in: folder)
    }

    deinit { try? self.descriptor.close() }

    /// The name under which others of this process can open it, while this is there.
    package var path: String {
        #if os(Linux)
            "/proc/self/fd/\(self.descriptor.rawValue)"
        #else
            "/dev/fd/\(self.descriptor.rawValue)"
        #endif
    }

    /// - Throws: `Errno`, `noSpace` among others.
    package func append(_ bytes: UnsafeRawBufferPointer) throws { _ = try self.descriptor.writeAll(bytes) }

    /// A file that never had a name; nil where the file system has no such files.
    private static func nameless(in folder: String) throws -> FileDescriptor? {
        #if os(Linux)
            // O_TMPFILE of <fcntl.h>, which is a macro that Swift can't read: a bit of its own, and that of O_DIRECTORY.
            let flag = FileDescriptor.OpenOptions(rawValue: 0o20_000_000 | O_DIRECTORY)
            do {
                return try FileDescriptor.open(
                    FilePath(folder),
                    .readWrite,
                    options: [flag, .closeOnExec],
                    permissions: [.ownerReadWrite]
                )
            } catch let error as Errno where [.notSupported, .isDirectory, .noSuchFileOrDirectory].contains(error) {
                // Kernels that do not know it say the second; what is not there is said by the other way too.
                return nil
            }
        #else
            return nil
        #endif
    }

    private static func unlinked(in folder: String) throws -> FileDescriptor {
        let name = "packline-\(UInt64.random(in: 0 ... .max))"
        let path = FilePath(folder).appending(name)
        let file = try FileDescriptor.open(
            path,
            .readWrite,
            options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: [.ownerReadWrite]
        )
        unlink(path.string)
        return file
    }
}
