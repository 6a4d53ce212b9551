package import Composer

/// An archive that was fetched and checked, and is in the bucket.
package struct StoredArchive: Sendable, Equatable {
    package var claim: ClaimedArchive
    /// The key in the bucket, which follows from the bytes.
    package var key: String
    package var sha256: ContentHash
    /// 20 bytes.
    package var sha1: [UInt8]
    /// Bytes.
    package var size: Int64
    /// What the bytes were found to be: `zip`, `tar`.
    package var kind: String
    /// That the store gave.
    package var etag: String?
    /// The address that gave the bytes, behind all redirects, without anything secret.
    package var fetchedFrom: String
    /// As upstream said, in milliseconds since 1970.
    package var lastModifiedMilliseconds: Int64?
    /// The version that it says itself that it is of, where its kind looks for one.
    package var headerVersion: String?
    /// Whether its bytes were uploaded for it; else the bucket was known to have them.
    package var isUploaded = true

    package init(
        claim: ClaimedArchive,
        key: String,
        sha256: ContentHash,
        sha1: [UInt8],
        size: Int64,
        kind: String,
        etag: String?,
        fetchedFrom: String,
        lastModifiedMilliseconds: Int64?,
        headerVersion: String? = nil
    ) {
        self.claim = claim
        self.key = key
        self.sha256 = sha256
        self.sha1 = sha1
        self.size = size
        self.kind = kind
        self.etag = etag
        self.fetchedFrom = fetchedFrom
        self.lastModifiedMilliseconds = lastModifiedMilliseconds
        self.headerVersion = headerVersion
    }
}

extension StoredArchive {
    var object: ArchiveObject {
        ArchiveObject(key: self.key, sha256: self.sha256, sha1: self.sha1, size: self.size, etag: self.etag)
    }
}

/// Why an archive is not there.
package struct ArchiveFailure: Sendable, Equatable {
    package var claim: ClaimedArchive
    package var error: String
    /// Until it is tried again.
    package var retryMilliseconds: Int64
    /// Where it has more bytes than this, which was as many as it may have: it is not tried again before it may have more.
    package var exceededBytes: Int64?
    /// Whether upstream says that it has none, or has one without any file: what it lists can't be installed.
    package var isAbsent: Bool

    package init(
        claim: ClaimedArchive,
        error: String,
        retryMilliseconds: Int64,
        exceededBytes: Int64? = nil,
        isAbsent: Bool = false
    ) {
        self.claim = claim
        self.error = error
        self.retryMilliseconds = retryMilliseconds
        self.exceededBytes = exceededBytes
        self.isAbsent = isAbsent
    }
}

/// What became of stored archives when they were written.
package struct WrittenArchives: Sendable, Equatable {
    package var written = 0
    /// Their lease had passed to another run, or had ended: nothing was written of them.
    package var lost = 0
    /// Bytes of those that no other archive has.
    package var newBytes: Int64 = 0
    /// They had been gone from the bucket, and are there again.
    package var returned = 0
    /// Theirs are gone from the bucket, and upstream has other bytes now: who has a lock file of before gets none.
    package var replaced = 0

    package init(written: Int = 0, lost: Int = 0, newBytes: Int64 = 0, returned: Int = 0, replaced: Int = 0) {
        self.written = written
        self.lost = lost
        self.newBytes = newBytes
        self.returned = returned
        self.replaced = replaced
    }
}
