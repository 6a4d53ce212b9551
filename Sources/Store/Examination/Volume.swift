import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file system that a path is on, or would be.
package struct Volume: Sendable, Equatable {
    /// As the kernel calls it, such as `ext4` or `nfs4`; nil where that can't be told.
    package var type: String?
    /// What is free for this user, in bytes; nil where that can't be told.
    package var freeBytes: Int64?

    /// File systems of other machines, on which locks of files are not what SQLite needs
    /// (https://www.sqlite.org/howtocorrupt.html, 2.1).
    private static let remote: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "fuse.glusterfs",
        "fuse.s3fs", "fuse.rclone", "fuse.mountpoint-s3", "fuse.juicefs", "lustre", "ocfs2", "gfs2",
    ]

    /// Whether it is another machine's.
    package var isRemote: Bool { self.type.map { Self.remote.contains($0) } ?? false }

    package init(type: String?, freeBytes: Int64?) {
        self.type = type
        self.freeBytes = freeBytes
    }

    /// - Parameter path: Of what need not be there yet: the nearest folder above it decides.
    package init(of path: String) {
        let place = Self.existing(path)
        var figures = statvfs()
        // One that keeps nothing, such as /proc, has no size.
        if statvfs(place, &figures) == 0, figures.f_blocks > 0 {
            let (bytes, overflows) = Int64(figures.f_bavail).multipliedReportingOverflow(by: Int64(figures.f_frsize))
            self.freeBytes = overflows ? .max : bytes
        }
        if let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8),
            let real = realpath(place, nil)
        {
            self.type = Self.type(of: String(cString: real), mounts: mounts)
            free(real)
        }
    }

    /// The nearest of a path and the folders above it that is there.
    package static func existing(_ path: String) -> String {
        var path = path
        while access(path, F_OK) != 0, path != "/", path != "." {
            guard let slash = path.lastIndex(of: "/") else { return "." }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
        return path
    }

    /// - Parameter mounts: As in `/proc/self/mountinfo` (proc(5)): the mount point is the fifth word, the type the one after
    ///   the dash. Of two at the same place the later one covers the earlier.
    static func type(of path: String, mounts: String) -> String? {
        var best: (point: String, type: String)?
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 6, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else { continue }
            let point = words[4].replacing("\\040", with: " ")
            guard point == "/" || path == point || path.hasPrefix(point + "/") else { continue }
            if best.map({ $0.point.utf8.count <= point.utf8.count }) ?? true {
                best = (String(point), String(words[dash + 1]))
            }
        }
        return best?.type
    }
}

extension SQLiteFiles {
    /// What keeps a file, which need not be there yet, from being written.
    static func obstacle(to path: String) -> String? {
        if access(path, F_OK) == 0, access(path, W_OK) != 0 {
            return "the file can't be written: \(String(cString: strerror(errno)))"
        }
        // SQLite makes files beside it.
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let place = Volume.existing(folder)
        if access(place, W_OK | X_OK) != 0 {
            return "the folder '\(place)' can't be written: \(String(cString: strerror(errno)))"
        }
        return nil
    }
}
