package import Crypto
import Wire

/// SHA-256 of some bytes: what names a blob and tells whether a document changed.
package struct ContentHash: Hashable, Sendable {
    /// The 32 bytes of the digest.
    package let bytes: [UInt8]

    /// Hashes `content`.
    package init(of content: some Collection<UInt8>) {
        var hasher = SHA256()
        if content.withContiguousStorageIfAvailable({ hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }) == nil
        {
            hasher.update(data: Array(content))
        }
        self.bytes = Array(hasher.finalize())
    }

    package init(_ digest: SHA256.Digest) { self.bytes = Array(digest) }

    /// A digest that was stored; nil unless it is 32 bytes long.
    package init?(bytes: [UInt8]) {
        guard bytes.count == SHA256.byteCount else { return nil }
        self.bytes = bytes
    }

    /// A few bytes of a digest are as good as all of them to look it up by.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    }

    /// The first 16 bytes of the digest as 32 lower-case hexadecimal digits: what ETags are made of.
    package var tag: String { Hexadecimal.text(Array(self.bytes.prefix(16))) }

    /// The digest as 64 lower-case hexadecimal digits.
    package var hexadecimal: String { Hexadecimal.text(self.bytes) }
}
