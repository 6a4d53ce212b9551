package import NIOCore

/// An object in a bucket.
package struct StoredObject: Sendable {
    package var bytes: ByteBuffer
    /// With quotes, as the header has it; the MD5 of the bytes.
    package var eTag: String
    /// SHA-256 of the bytes in lower-case hexadecimal.
    package var sha256: String
    package var lastModifiedSeconds: Int64
    /// Headers that come back with the object: `Content-Type`, `Cache-Control`, `Content-Encoding`, `x-amz-meta-*`.
    package var headers: [(name: String, value: String)]
}
