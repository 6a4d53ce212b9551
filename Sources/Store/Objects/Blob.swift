package import Composer

/// Content-addressed bytes as the database keeps them.
///
/// Small ones are kept as they are; others as gzip at zlib's fastest level, in the form that `serve` can
/// hand on to a client as it is. The hash is of the content, so the same bytes are kept once.
package struct Blob: Sendable, Equatable {
    package enum Encoding: String, Sendable, SQLReadable {
        case identity
        case gzip
    }

    /// Content below this many bytes is kept as it is.
    package static let smallestCompressed = 200

    package var hash: ContentHash
    package var encoding: Encoding
    /// Bytes of the content, not of its encoding.
    package var size: Int
    package var bytes: [UInt8]

    /// Encodes `content`.
    ///
    /// - Parameters:
    ///   - hash: That of the content, where it is known.
    ///   - packed: The same as gzip, where that is known.
    package init(of content: [UInt8], hash: ContentHash? = nil, packed: [UInt8]? = nil) {
        self.hash = hash ?? ContentHash(of: content)
        self.size = content.count
        if content.count >= Self.smallestCompressed, let compressed = packed ?? Gzip.compressed(content),
            compressed.count < content.count
        {
            self.encoding = .gzip
            self.bytes = compressed
        } else {
            self.encoding = .identity
            self.bytes = content
        }
    }

    /// As the database has it.
    package init(hash: ContentHash, encoding: Encoding, size: Int, bytes: [UInt8]) {
        self.hash = hash
        self.encoding = encoding
        self.size = size
        self.bytes = bytes
    }

    /// From the columns `hash`, `encoding`, `size` and `bytes`.
    init(row: SQLRow) throws {
        self.hash = try row["hash"]
        self.encoding = try row["encoding"]
        self.size = try row["size"]
        self.bytes = try row["bytes"]
    }

    /// The bytes that ``hash`` names.
    ///
    /// - Throws: ``StoreError/corruptBlob(hash:)`` when they do not decode to `size` bytes.
    package func content() throws -> [UInt8] {
        switch self.encoding {
        case .identity: return self.bytes
        case .gzip:
            guard let content = Gzip.decompressed(self.bytes, size: self.size) else {
                throw StoreError.corruptBlob(hash: self.hash.hexadecimal)
            }
            return content
        }
    }

    /// The same, certain to be what was put in: gzip has a checksum of its own, and what is kept as it is gets hashed.
    ///
    /// - Throws: ``StoreError/corruptBlob(hash:)``.
    package func verified() throws -> [UInt8] {
        if self.encoding == .identity, ContentHash(of: self.bytes) != self.hash {
            throw StoreError.corruptBlob(hash: self.hash.hexadecimal)
        }
        return try self.content()
    }
}
