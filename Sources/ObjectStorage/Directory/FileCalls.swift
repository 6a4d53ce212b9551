import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file-system call that failed.
struct FileCallError: Error, Equatable {
    /// What was done, as a verb: `write`.
    var call: String
    var path: String
    var errno: Int32

    /// Runs a call of the system, whose errors have only a number.
    static func naming<Value>(_ call: String, _ path: String, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as Errno {
            throw FileCallError(call: call, path: path, errno: error.rawValue)
        }
    }
}

/// Blocking file-system calls, with errors that name the path.
enum FileCalls {
    enum Kind {
        case file, directory, other
    }

    /// Creates a file that does not exist yet and writes all that `piece` gives; what was created is removed when that
    /// fails.
    static func createFile(_ path: String, _ piece: () throws -> [UInt8]?) throws {
        let file = try FileCallError.naming("create", path) {
            try FileDescriptor.open(
                FilePath(path),
                .writeOnly,
                options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: FilePermissions(rawValue: 0o644)
            )
        }
        do {
            do {
                while let bytes = try piece() {
                    _ = try FileCallError.naming("write", path) { try file.writeAll(bytes) }
                }
            } catch {
                try? file.close()
                throw error
            }
            // Network file systems report a full disk here.
            try FileCallError.naming("write", path) { try file.close() }
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Reads a file in pieces of at most 64 KiB; false when there is no such file.
    static func readFile(_ path: String, _ piece: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        let file: FileDescriptor
        do { file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec) } catch let error as Errno
        {
            if Self.meansMissing(error.rawValue) { return false }
            throw FileCallError(call: "open", path: path, errno: error.rawValue)
        }
        defer { try? file.close() }
        return try withUnsafeTemporaryAllocation(byteCount: 64 * 1_024, alignment: 16) { buffer in
            while true {
                let count: Int
                do { count = try file.read(into: buffer) } catch Errno.isDirectory {
                    // A directory can be opened, but it is no object.
                    return false
                } catch let error as Errno {
                    throw FileCallError(call: "read", path: path, errno: error.rawValue)
                }
                if count == 0 { return true }
                try piece(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
    }

    /// Sets when a file was last changed, in seconds since 1970.
    static func setModified(_ path: String, seconds: Int64) throws {
        let time = timespec(tv_sec: time_t(seconds), tv_nsec: 0)
        guard utimensat(AT_FDCWD, path, [time, time], 0) == 0 else {
            throw FileCallError(call: "date", path: path, errno: errno)
        }
    }

    /// A path from the root of the file system on, without `.` and empty segments.
    static func absolute(_ path: String) -> String {
        var base = ""
        if !path.hasPrefix("/"), let folder = getcwd(nil, 0) {
            base = String(cString: folder)
            free(folder)
        }
        return "/" + "\(base)/\(path)".split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// Puts a file in the place of another, in one step.
    static func replace(_ target: String, with path: String) throws {
        guard rename(path, target) == 0 else { throw FileCallError(call: "replace", path: target, errno: errno) }
    }

    /// Removes a file; one that does not exist counts as removed.
    static func removeFile(_ path: String) throws {
        guard unlink(path) == 0 || Self.meansMissing(errno) else {
            throw FileCallError(call: "remove", path: path, errno: errno)
        }
    }

    /// Makes a directory and those above it that are missing.
    static func makeDirectory(_ path: String, tries: Int = 8) throws {
        if mkdir(path, 0o755) == 0 { return }
        var number = errno
        if number == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try Self.makeDirectory(String(path[..<slash]))
            number = mkdir(path, 0o755) == 0 ? 0 : errno
        }
        if number == EEXIST {
            let kind = try Self.status(path)?.kind
            // What somebody has just taken away, with its last file, is made anew; a link that leads nowhere stays.
            if kind == nil, tries > 1 { return try Self.makeDirectory(path, tries: tries - 1) }
            number = kind == .directory ? 0 : ENOTDIR
        }
        if number != 0 { throw FileCallError(call: "make directory", path: path, errno: number) }
    }

    /// What is at a path, symbolic links followed; nil when nothing is.
    static func status(_ path: String) throws -> (kind: Kind, size: Int, modifiedNanoseconds: Int64)? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if Self.meansMissing(errno) { return nil }
            throw FileCallError(call: "look at", path: path, errno: errno)
        }
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
        #if canImport(Darwin)
            let modified = status.st_mtimespec
        #else
            let modified = status.st_mtim
        #endif
        // A file may claim to be of any year; 292 of them in nanoseconds fit.
        let seconds = max(-9_000_000_000, min(Int64(modified.tv_sec), 9_000_000_000))
        return (kind, Int(status.st_size), seconds * 1_000_000_000 + Int64(modified.tv_nsec))
    }

    /// What is in a directory in no order, without `.` and `..`; nil when there is no such directory.
    ///
    /// The kind is nil where only ``status(_:)`` can tell.
    static func entries(in path: String) throws -> [(name: [UInt8], kind: Kind?)]? {
        guard let directory = opendir(path) else {
            if Self.meansMissing(errno) { return nil }
            throw FileCallError(call: "list", path: path, errno: errno)
        }
        defer { closedir(directory) }
        var entries: [(name: [UInt8], kind: Kind?)] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                if errno == 0 { return entries }
                throw FileCallError(call: "list", path: path, errno: errno)
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { continue }
            switch Int(entry.pointee.d_type) {
            case Int(DT_REG): entries.append((name, .file))
            case Int(DT_DIR): entries.append((name, .directory))
            case Int(DT_LNK), Int(DT_UNKNOWN): entries.append((name, nil))
            default: entries.append((name, .other))
            }
        }
    }

    /// Whether an error says that nothing is at a path; a symbolic link that leads to itself is nothing either.
    static func meansMissing(_ errno: Int32) -> Bool { errno == ENOENT || errno == ENOTDIR || errno == ELOOP }
}
