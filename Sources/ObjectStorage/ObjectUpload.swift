import Crypto

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
    package var bytes: [UInt8]
    package var contentType: String
    /// The `Cache-Control` header; a directory has no place for it.
    package var cacheControl: String?
    /// The `Content-Encoding` header, `gzip` when `bytes` are compressed; a directory has no place for it.
    package var contentEncoding: String?
    package var condition: Condition

    /// The ETag, without quotes, that stores which do not encrypt with keys of their own give to these bytes.
    package var etag: String { Hexadecimal.text(Insecure.MD5.hash(data: self.bytes), count: Insecure.MD5.byteCount) }

    /// - Parameters:
    ///   - contentType: nil means ``ObjectKey/contentType(for:)``.
    ///   - cacheControl: Not sent when nil; ``ObjectKey/cacheControl(for:)`` has the default of each class of keys.
    package init(
        key: String,
        bytes: [UInt8],
        contentType: String? = nil,
        cacheControl: String? = nil,
        contentEncoding: String? = nil,
        condition: Condition = .none
    ) {
        self.key = key
        self.bytes = bytes
        self.contentType = contentType ?? ObjectKey.contentType(for: key)
        self.cacheControl = cacheControl
        self.contentEncoding = contentEncoding
        self.condition = condition
    }
}

/// What identifies the bytes of an object.
package struct ObjectVersion: Equatable, Sendable {
    /// The ETag without quotes: the MD5 of the bytes in lower-case hexadecimal, for objects that were uploaded in one
    /// piece to a store that does not encrypt with keys of its own.
    package var etag: String
    /// The size in bytes, nil when the store did not say.
    package var size: Int?

    package init(etag: String, size: Int?) {
        self.etag = etag
        self.size = size
    }
}
