#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Who may read the files of a database: its user, who may also write, and its group.
enum SQLiteFiles {
    static let mode: mode_t = 0o640
    /// Others may go through the folder, not look into it: a bucket of files to be served is often below it.
    static let folderMode = 0o751

    /// Creates the file where it is missing.
    ///
    /// SQLite gives its other files the mode of the database. What can't be done here shows when the database is opened.
    static func create(_ path: String) {
        var status = stat()
        guard stat(path, &status) != 0, errno == ENOENT else { return }
        // A file that is there is never opened: closing it would end the locks that this process has on it.
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, Self.mode)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Takes what others may do from the files of a database that was opened.
    ///
    /// What can't be done here is somebody else's to decide.
    static func keepFromOthers(_ path: String) {
        var status = stat()
        for suffix in ["", "-wal", "-shm", "-journal"] where stat(path + suffix, &status) == 0 {
            // A path that was misspelt can be a folder that others need, such as /tmp.
            guard status.st_mode & S_IFMT == S_IFREG else { continue }
            let permissions = status.st_mode & 0o7777
            if permissions & 0o007 != 0 { chmod(path + suffix, permissions & ~0o007) }
        }
    }
}
