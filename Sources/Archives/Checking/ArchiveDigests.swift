package import Composer
import Crypto
import Wire

/// What bytes are called by: their number, SHA-256 and SHA-1.
package struct ArchiveDigests: Equatable, Sendable {
    /// In bytes.
    package var size: Int
    package var sha256: ContentHash
    /// In lower-case hexadecimal: what Composer calls `shasum`.
    package var sha1: String

    package init(of bytes: [UInt8]) {
        var digester = ArchiveDigester()
        bytes.withUnsafeBytes { digester.update($0) }
        self = digester.digests
    }

    fileprivate init(size: Int, sha256: ContentHash, sha1: String) {
        self.size = size
        self.sha256 = sha256
        self.sha1 = sha1
    }

    /// 20 bytes.
    package var sha1Bytes: [UInt8] { Hexadecimal.bytes(self.sha1) ?? [] }

    /// Makes sure that these are the bytes that upstream means.
    ///
    /// - Parameter shasum: As in a version's `dist.shasum`; nil and the empty one say nothing.
    /// - Throws: ``ArchiveRefusal`` with `wrongChecksum`.
    package func check(shasum: String?) throws(ArchiveRefusal) {
        guard let shasum, !shasum.isEmpty, shasum.lowercased() != self.sha1 else { return }
        // What is no SHA-1 can't be kept by any bytes, and Composer would refuse them all.
        throw ArchiveRefusal(
            .wrongChecksum,
            "its SHA-1 is \(self.sha1), and upstream's shasum is '\(String(shasum.prefix(64)))'"
        )
    }
}

/// Makes ``ArchiveDigests`` of bytes as they come.
struct ArchiveDigester {
    private var sha256 = SHA256()
    private var sha1 = Insecure.SHA1()
    private(set) var size = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        self.sha256.update(bufferPointer: bytes)
        self.sha1.update(bufferPointer: bytes)
        self.size += bytes.count
    }

    var digests: ArchiveDigests {
        return ArchiveDigests(
            size: self.size,
            sha256: ContentHash(self.sha256.finalize()),
            sha1: Hexadecimal.text(Array(self.sha1.finalize()))
        )
    }
}
