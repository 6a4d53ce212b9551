import Crypto
import Synchronization
import Wire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The blocking half of ``DirectoryObjectStore``: objects as files below a root.
///
/// A file is written under a name of its own in the store's folder and then put in place with one `rename`. Checking a
/// condition and putting in place happen under a lock that every process takes which writes this key through this type.
/// Nothing is synchronised to disk: after a power failure an object may be missing or empty, which a verification by
/// ETag shows.
final class DirectoryFiles: Sendable {
    /// The file that is there is not what the upload asked for; nothing was written.
    struct ConditionNotMet: Error {}

    /// A file is larger than the reader accepts.
    struct FileTooLarge: Error {}

    /// Without a slash at the end.
    let root: String
    private let folder: String
    private let temporaryPrefix: String
    private let temporaries = Atomic<Int>(0)
    private let locks: [InterprocessLock]
    private let known = Mutex(Known())
    let snapshots = DirectorySnapshots()

    private struct Known {
        var isPrepared = false
        /// Directories that have been made or seen.
        var directories: Set<String> = []
    }

    init(root: String) {
        var root = root
        while root.utf8.count > 1, root.hasSuffix("/") { root.removeLast() }
        let folder = root == "/" ? "/\(DirectoryLayout.reservedName)" : "\(root)/\(DirectoryLayout.reservedName)"
        self.root = root
        self.folder = folder
        // Processes in different containers may share the folder and have the same id.
        self.temporaryPrefix = "\(folder)/\(String(UInt64.random(in: 0 ... .max), radix: 36))-"
        self.locks = (0..<16).map { InterprocessLock(path: "\(folder)/\(DirectoryLayout.lockPrefix)\($0)") }
    }

    func path(of key: String) -> String { self.root == "/" ? "/\(key)" : "\(self.root)/\(key)" }

    /// How often a write begins again because a folder was removed under its hands.
    private static let triesAtFolders = 20

    /// Writes a file, or throws and leaves things as they were.
    ///
    /// - Returns: The ETag.
    /// - Throws: ``ConditionNotMet``, ``FileCallError``.
    func put(_ object: ObjectUpload) throws -> String {
        for _ in 1..<Self.triesAtFolders {
            do {
                return try self.write(object)
            } catch let error as FileCallError where error.errno == ENOENT {
                // Somebody removed a folder that was there before: a process that deleted the last file in it, say.
                self.known.withLock { $0 = Known() }
            }
        }
        return try self.write(object)
    }

    private func write(_ object: ObjectUpload) throws -> String {
        try self.prepare()
        let path = self.path(of: object.key)
        let temporary = self.temporaryPrefix + String(self.temporaries.add(1, ordering: .relaxed).newValue)
        let etag = try self.create(temporary, object.body)
        do {
            try self.makeDirectory(above: path)
            try self.lock(for: object.key).withLock {
                guard try self.isMet(object.condition, at: path) else { throw ConditionNotMet() }
                try FileCalls.setModified(temporary, seconds: self.date(of: object, at: path))
                try FileCalls.replace(path, with: temporary)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        return etag
    }

    /// - Returns: The ETag.
    private func create(_ path: String, _ body: ObjectBody) throws -> String {
        switch body {
        case .bytes(let bytes):
            var rest: [UInt8]? = bytes
            try FileCalls.createFile(path) { rest.take() }
            return Self.etag(of: bytes)
        case .file(let file):
            let body = try FileBody(file, hasETag: true)
            var isAtEnd = false
            try FileCalls.createFile(path) {
                if isAtEnd { return nil }
                let piece = try body.next()
                isAtEnd = piece.isLast
                return piece.bytes
            }
            return body.etag
        }
    }

    /// The whole second that a file is dated by: later than that of the file it replaces, whatever the clock says.
    private func date(of object: ObjectUpload, at path: String) throws -> Int64 {
        let wanted = object.lastModifiedSeconds ?? Int64(time(nil))
        guard let old = try FileCalls.status(path), old.kind == .file else { return wanted }
        return max(wanted, old.modifiedNanoseconds / 1_000_000_000 + 1)
    }

    static func etag(of bytes: [UInt8]) -> String {
        Hexadecimal.text(Array(Insecure.MD5.hash(data: bytes)))
    }

    private func isMet(_ condition: ObjectUpload.Condition, at path: String) throws -> Bool {
        switch condition {
        case .none: true
        case .ifNoneMatch: try FileCalls.status(path) == nil
        case .ifMatch(let etag): try self.version(ofFile: path)?.etag == etag
        }
    }

    /// Removes a file if it is there.
    func delete(_ key: String) throws {
        let path = self.path(of: key)
        // Not to make the store's folder for nothing.
        guard try FileCalls.status(path)?.kind == .file else { return }
        try self.prepare()
        try self.lock(for: key).withLock { try FileCalls.removeFile(path) }
        self.prune(above: path)
    }

    /// Removes the folders that a file was the last one in, up to the root.
    ///
    /// Nobody is asked: a folder in which something is stays, and who has just made one to write in makes it again.
    private func prune(above path: String) {
        var folder = path
        while let slash = folder.lastIndex(of: "/") {
            folder = String(folder[..<slash])
            guard folder.utf8.count > self.root.utf8.count, rmdir(folder) == 0 else { return }
            self.known.withLock { _ = $0.directories.remove(folder) }
        }
    }

    func version(of key: String) throws -> ObjectVersion? { try self.version(ofFile: self.path(of: key)) }

    func version(ofFile path: String) throws -> ObjectVersion? {
        var hash = Insecure.MD5()
        var size = 0
        let exists = try FileCalls.readFile(path) { piece in
            hash.update(bufferPointer: piece)
            size += piece.count
        }
        guard exists else { return nil }
        return ObjectVersion(etag: Hexadecimal.text(Array(hash.finalize())), size: size)
    }

    /// - Throws: ``FileTooLarge``, ``FileCallError``.
    func bytes(of key: String, maxBytes: Int) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        let exists = try FileCalls.readFile(self.path(of: key)) { piece in
            guard bytes.count + piece.count <= maxBytes else { throw FileTooLarge() }
            bytes += piece
        }
        return exists ? bytes : nil
    }

    /// Finds out whether files could be written, by a folder that is made and removed at once in the root, or in the
    /// nearest directory above it that exists.
    ///
    /// Rights alone don't tell: to root everything seems to be allowed, in `/proc` and on what is mounted for reading too.
    func check() throws {
        var path = self.root
        while try FileCalls.status(path) == nil, let slash = path.lastIndex(of: "/") {
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
        if try FileCalls.status(path) == nil { path = "." }
        guard try FileCalls.status(path)?.kind == .directory else {
            throw FileCallError(call: "use", path: path, errno: ENOTDIR)
        }
        guard access(path, W_OK | X_OK) == 0 else { throw FileCallError(call: "write to", path: path, errno: errno) }
        // No listing shows it, because it is empty.
        let probe = "\(path)/\(DirectoryLayout.reservedName)-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        guard mkdir(probe, 0o700) == 0 else { throw FileCallError(call: "write to", path: path, errno: errno) }
        rmdir(probe)
    }

    /// Makes the root and the store's folder, and clears away what killed processes left, once.
    private func prepare() throws {
        try self.known.withLock { known in
            guard !known.isPrepared else { return }
            try FileCalls.makeDirectory(self.folder)
            try self.removeLeftovers()
            known.isPrepared = true
        }
    }

    private func removeLeftovers() throws {
        let oldest = (Int64(time(nil)) - DirectoryLayout.leftoverAgeSeconds) * 1_000_000_000
        for entry in try FileCalls.entries(in: self.folder) ?? []
        where !entry.name.starts(with: DirectoryLayout.lockPrefix.utf8) {
            let path = "\(self.folder)/\(String(decoding: entry.name, as: UTF8.self))"
            guard let status = try FileCalls.status(path), status.kind == .file else { continue }
            if status.modifiedNanoseconds < oldest { unlink(path) }
        }
    }

    private func makeDirectory(above path: String) throws {
        guard let slash = path.lastIndex(of: "/") else { return }
        let directory = String(path[..<slash])
        guard !directory.isEmpty, !self.known.withLock({ $0.directories.contains(directory) }) else { return }
        try FileCalls.makeDirectory(directory)
        self.known.withLock { _ = $0.directories.insert(directory) }
    }

    /// FNV-1a: every process must choose the same lock, so Swift's seeded hash is no use.
    private func lock(for key: String) -> InterprocessLock {
        let hash = key.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return self.locks[Int(hash >> 32) % self.locks.count]
    }
}
