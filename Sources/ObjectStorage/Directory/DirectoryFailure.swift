#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension ObjectStoreError {
    /// A file-system call that failed, with what to do about it.
    init(_ error: FileCallError, operation: Operation, key: String?, store: String) {
        let reason = String(cString: strerror(error.errno))
        let reading = Self.reading(error)
        self.init(
            code: reading.code,
            operation: operation,
            key: key,
            store: store,
            message: "cannot \(error.call) \(Self.printable(error.path)): \(reason)",
            isRetryable: reading.isRetryable,
            remedy: reading.remedy
        )
    }

    private static func reading(_ error: FileCallError) -> (code: Code, isRetryable: Bool, remedy: String) {
        switch error.errno {
        case ENOSPC, EDQUOT:
            (.diskFull, false, "free space or inodes on the file system of PACKLINE_BUCKET_URL, or raise the quota")
        case EACCES, EPERM:
            (.accessDenied, false, "let the user that runs this write to the directory of PACKLINE_BUCKET_URL")
        case EROFS:
            (.accessDenied, false, "the file system is read-only: mount it writable, or correct PACKLINE_BUCKET_URL")
        case ENOTDIR:
            (.fileSystem, false, "a file is where a directory should be: move it away, or correct PACKLINE_BUCKET_URL")
        case EISDIR, ENOTEMPTY, EEXIST:
            (.fileSystem, false, "a directory is where the object's file should be: move it away")
        case EXDEV:
            (
                .fileSystem, false,
                "the path leads to another file system than the root; files are put in place by rename"
            )
        case EMFILE, ENFILE:
            (.fileSystem, true, "raise the limit of open files (ulimit -n)")
        case EWOULDBLOCK:
            (.timeout, true, "another process holds the lock and seems to be stopped")
        case ENAMETOOLONG:
            (.invalidKey, false, "the file system does not take names this long")
        default:
            (.fileSystem, false, "check PACKLINE_BUCKET_URL, and the file system that it leads to")
        }
    }
}
