import Crypto
package import NIOCore

/// An object in a bucket.
package struct StoredObject: Sendable {
    package let bytes: ByteBuffer
    /// With quotes, as the header has it; the MD5 of the bytes.
    package let eTag: String
    /// SHA-256 of the bytes in lower-case hexadecimal.
    package let sha256: String
    package var lastModifiedSeconds: Int64
    /// Headers that come back with the object: `Content-Type`, `Cache-Control`, `Content-Encoding`, `x-amz-meta-*`.
    package var headers: [(name: String, value: String)] = []
    let md5: [UInt8]

    /// - Parameter content: Copied: a buffer that was received may be a slice of a larger one, which would stay in
    ///   memory with it.
    package init(_ content: ByteBuffer, lastModifiedSeconds: Int64) {
        self.bytes = ByteBuffer(bytes: content.readableBytesView)
        let view = self.bytes.readableBytesView
        self.md5 = view.withUnsafeBytes { Array(Insecure.MD5.hash(data: $0)) }
        self.eTag = "\"\(Hexadecimal.text(self.md5))\""
        self.sha256 = view.withUnsafeBytes { Hexadecimal.text(SHA256.hash(data: $0)) }
        self.lastModifiedSeconds = lastModifiedSeconds
    }
}
