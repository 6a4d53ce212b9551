import Crypto
import Wire

/// One object to write, with the headers that it is served with.
package struct ObjectUpload: Sendable {
    /// What must be true of the object that is there now.
    package enum Condition: Equatable, Sendable {
        case none
        /// There is no such object.
        case ifNoneMatch
        /// It has this ETag, given without quotes.
        case ifMatch(String)
    }

    package var key: String
    package var body: ObjectBody
    /// The SHA-256 of the body in lower-case hexadecimal, where the caller knows it; it is not computed again.
    package var sha256: String?
    package var contentType: String
    /// The `Cache-Control` header; a directory has no place for it.
    package var cacheControl: String?
    /// The `Content-Encoding` header, `gzip` when `bytes` are compressed; a directory has no place for it.
    package var contentEncoding: String?
    /// When these bytes came to be, in seconds since 1970; nil is now.
    ///
    /// A directory dates the file by it, and never before or at the date of the file that it replaces. A store that
    /// dates objects itself has no use for it.
    package var lastModifiedSeconds: Int64?
    package var condition: Condition
    /// Whether `Content-MD5` goes with bytes.
    ///
    /// Some servers check it that ignore the SHA-256 of the signature; it takes twice as long as that.
    package var sendsMD5 = true

    /// The ETag, without quotes, that stores which do not encrypt with keys of their own give to these bytes; nil where they
    /// are in a file.
    package var etag: String? {
        guard case .bytes(let bytes) = self.body else { return nil }
        return Hexadecimal.text(Array(Insecure.MD5.hash(data: bytes)))
    }

    /// - Parameters:
    ///   - contentType: nil means ``ObjectKey/contentType(for:)``.
    ///   - cacheControl: Not sent when nil; ``ObjectKey/cacheControl(for:)`` has the default of each class of keys.
    package init(
        key: String,
        bytes: [UInt8],
        sha256: String? = nil,
        contentType: String? = nil,
        cacheControl: String? = nil,
        contentEncoding: String? = nil,
        lastModifiedSeconds: Int64? = nil,
        condition: Condition = .none
    ) {
        self.key = key
        self.body = .bytes(bytes)
        self.sha256 = sha256
        self.contentType = contentType ?? ObjectKey.contentType(for: key)
        self.cacheControl = cacheControl
        self.contentEncoding = contentEncoding
        self.lastModifiedSeconds = lastModifiedSeconds
        self.condition = condition
    }

    /// An object whose bytes are in a file; the other members can be set afterwards.
    package init(key: String, file: ObjectFile) {
        self.init(key: key, bytes: [], sha256: file.sha256)
        self.body = .file(file)
    }
}

/// Where an object's bytes are.
package enum ObjectBody: Sendable {
    case bytes([UInt8])
    case file(ObjectFile)

    package var count: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .file(let file): file.size
        }
    }
}

/// A file that is to be an object: it is sent piece by piece, and never in memory as a whole.
///
/// One that is not as said here is refused, and nothing is written.
package struct ObjectFile: Equatable, Sendable {
    package var path: String
    /// In bytes.
    package var size: Int
    /// In lower-case hexadecimal.
    package var sha256: String
    /// Whether it was hashed as it was written, and nobody else can write to it: then its bytes are not hashed again.
    package var isOwn: Bool

    package init(path: String, size: Int, sha256: String, isOwn: Bool = false) {
        self.path = path
        self.size = size
        self.sha256 = sha256
        self.isOwn = isOwn
    }
}

/// What identifies the bytes of an object.
package struct ObjectVersion: Equatable, Sendable {
    /// The ETag without quotes: the MD5 of the bytes in lower-case hexadecimal, for objects that were uploaded in one
    /// piece to a store that does not encrypt with keys of its own.
    package var etag: String
    /// The size in bytes, nil when the store did not say.
    package var size: Int?
    /// How long ago it was written by the store's own clock, in the whole seconds of HTTP's dates; nil when the store
    /// did not say.
    package var secondsSinceModified: Int64?

    package init(etag: String, size: Int?, secondsSinceModified: Int64? = nil) {
        self.etag = etag
        self.size = size
        self.secondsSinceModified = secondsSinceModified
    }

    /// Whether the bytes are the same, whenever they were asked about.
    package static func == (left: Self, right: Self) -> Bool { left.etag == right.etag && left.size == right.size }
}
