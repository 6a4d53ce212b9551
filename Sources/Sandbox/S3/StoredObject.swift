import Crypto
package import NIOCore

/// An object in a bucket.
package struct StoredObject: Sendable {
    /// None where ``isForgotten``.
    package let bytes: ByteBuffer
    /// How many bytes were written.
    package let size: Int
    /// Whether only the size and the digests were kept.
    package let isForgotten: Bool
    /// With quotes, as the header has it; the MD5 of the bytes.
    package let eTag: String
    /// SHA-256 of the bytes in lower-case hexadecimal.
    package let sha256: String
    package var lastModifiedSeconds: Int64
    /// Headers that come back with the object: `Content-Type`, `Cache-Control`, `Content-Encoding`, `x-amz-meta-*`.
    package var headers: [(name: String, value: String)] = []
    let md5: [UInt8]

    /// What is larger is not copied where it fills its memory (bytes).
    private static let mostCopied = 8 << 20

    /// - Parameter content: Copied: a buffer that was received may be a slice of a larger one, which would stay in
    ///   memory with it.
    package init(_ content: ByteBuffer, lastModifiedSeconds: Int64) {
        let isFull = content.readableBytes > Self.mostCopied && content.storageCapacity < content.readableBytes * 5 / 4
        self.bytes = isFull ? content : ByteBuffer(bytes: content.readableBytesView)
        self.size = content.readableBytes
        self.isForgotten = false
        let view = self.bytes.readableBytesView
        self.md5 = view.withUnsafeBytes { Array(Insecure.MD5.hash(data: $0)) }
        self.eTag = "\"\(Hexadecimal.text(self.md5))\""
        self.sha256 = view.withUnsafeBytes { Hexadecimal.text(SHA256.hash(data: $0)) }
        self.lastModifiedSeconds = lastModifiedSeconds
    }

    init(_ digests: BodyDigests, lastModifiedSeconds: Int64) {
        self.bytes = ByteBuffer()
        self.size = digests.size
        self.isForgotten = true
        self.md5 = digests.md5
        self.eTag = "\"\(Hexadecimal.text(digests.md5))\""
        self.sha256 = digests.sha256
        self.lastModifiedSeconds = lastModifiedSeconds
    }
}
