/// The store's own folder within its root: files that are being written, and locks.
enum DirectoryLayout {
    /// No key may have it as a segment, and a listing leaves it out.
    ///
    /// A web server should not show it.
    static let reservedName = ".packline-tmp"
    static let lockPrefix = "lock-"
    /// The age from which a file that was being written can only be left from a process that was killed.
    static let leftoverAgeSeconds: Int64 = 3_600
}
