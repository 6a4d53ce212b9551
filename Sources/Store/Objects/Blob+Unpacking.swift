import Composer

extension Blob {
    /// The bytes of an object that may be stored compressed.
    ///
    /// - Throws: ``StoreError/corruptBlob(hash:)`` where it begins as gzip, and is none, or is of more than `maxBytes`.
    package static func unpacked(_ bytes: [UInt8], maxBytes: Int) throws -> [UInt8] {
        guard bytes.starts(with: [0x1F, 0x8B]), bytes.count >= 18 else { return bytes }
        // Its last four bytes are its size (RFC 1952, 2.3.1).
        let size = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        let hash = ContentHash(of: bytes)
        guard size <= maxBytes else { throw StoreError.corruptBlob(hash: hash.hexadecimal) }
        return try Blob(hash: hash, encoding: .gzip, size: size, bytes: bytes).content()
    }
}
