package import Composer

/// An archive as an object of the bucket.
package struct ArchiveObject: Sendable, Equatable {
    package var key: String
    package var sha256: ContentHash
    /// 20 bytes.
    package var sha1: [UInt8]
    /// Bytes.
    package var size: Int64
    /// That the store gave.
    package var etag: String?

    package init(key: String, sha256: ContentHash, sha1: [UInt8], size: Int64, etag: String?) {
        self.key = key
        self.sha256 = sha256
        self.sha1 = sha1
        self.size = size
        self.etag = etag
    }
}

/// What the database holds of an archive's object, for comparing it with the bucket.
package struct KnownArchive: Sendable, Equatable {
    package var key: String
    package var sha256: ContentHash
    /// Whether documents may name it; else it was found to be gone.
    package var isLive: Bool
    package var etag: String?
    /// Bytes; nil where nobody has counted them.
    package var size: Int64?
    package var deployedAtMilliseconds: Int64
}

/// A version of a document in the bucket that names an archive of ours.
package struct AnnouncedArchive: Sendable, Equatable {
    /// Normal form of the version.
    package var version: String
    package var type: String
    package var url: String
    package var reference: String?
    /// In lower-case hexadecimal.
    package var sha1: String
    /// In the bucket.
    package var key: String

    package init(version: String, type: String, url: String, reference: String?, sha1: String, key: String) {
        self.version = version
        self.type = type
        self.url = url
        self.reference = reference
        self.sha1 = sha1
        self.key = key
    }
}

/// An archive that is gone from the bucket.
package struct LostArchive: Sendable, Equatable {
    package var key: String
    /// Of one of the versions that had it; nil where none is known.
    package var package: String?
    package var version: String?
    /// Whether it is asked for upstream.
    package var isDue: Bool
    /// Whether upstream gave other bytes for it, which are there now.
    package var isReplaced: Bool
}
