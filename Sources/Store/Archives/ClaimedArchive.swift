package import Facts

/// An archive that this run may fetch until its lease ends.
package struct ClaimedArchive: Sendable, Equatable {
    package var id: Int64
    package var source: SourceName
    package var packageID: Int64
    /// Upstream's own name of the package.
    package var packageKey: String
    /// Its Composer name; nil while it has none.
    package var packageName: String?
    package var archive: UpstreamArchive
    /// Failed tries so far.
    package var attempts: Int
    /// Grows with each claim; a write names it, so that a worker whose lease has passed on can't write.
    package var claimNumber: Int64
    /// The key of the bytes that it had, and that are gone from the bucket, or were damaged there: what is there by that key
    /// may be wrong, and is to be written over.
    package var lostKey: String?
}
