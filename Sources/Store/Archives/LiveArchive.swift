package import Composer
package import Facts

/// An archive of ours that documents may name.
package struct LiveArchive: Sendable, Equatable {
    /// The hash of ``UpstreamArchive/identity``.
    package var identity: ContentHash
    /// Normal form of the version.
    package var version: String
    package var reference: String?
    /// In the bucket.
    package var key: String
    /// In lower-case hexadecimal.
    package var sha1: String
    /// See ``UpstreamArchive/ownVersion``.
    package var ownVersion: String?
    /// When its bytes first came, milliseconds since 1970 in UTC, by the database's clock.
    package var firstFetchedAtMilliseconds: Int64?

    package init(
        identity: ContentHash,
        version: String,
        reference: String?,
        key: String,
        sha1: String,
        ownVersion: String? = nil,
        firstFetchedAtMilliseconds: Int64? = nil
    ) {
        self.identity = identity
        self.version = version
        self.reference = reference
        self.key = key
        self.sha1 = sha1
        self.ownVersion = ownVersion
        self.firstFetchedAtMilliseconds = firstFetchedAtMilliseconds
    }
}

/// An archive that upstream lists, and whether it is to be in the bucket.
package struct ListedArchive: Sendable, Equatable {
    package var archive: UpstreamArchive
    package var isWanted: Bool
    /// Bytes that it may have; nil is any number.
    package var maxBytes: Int64?

    package init(_ archive: UpstreamArchive, isWanted: Bool, maxBytes: Int64? = nil) {
        self.archive = archive
        self.isWanted = isWanted
        self.maxBytes = maxBytes
    }
}

extension UpstreamArchive {
    /// Names the row that is about it, among those of its package.
    package var identityHash: ContentHash { ContentHash(of: Array(self.identity.utf8)) }
}
