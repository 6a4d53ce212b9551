import CZlib
package import Composer

/// Content-addressed bytes as the database keeps them.
///
/// Small ones are kept as they are; others as gzip at zlib's fastest level, in the form that `serve` can
/// hand on to a client as it is. The hash is of the content, so the same bytes are kept once.
package struct Blob: Sendable, Equatable {
    package enum Encoding: String, Sendable {
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
    package init(of content: [UInt8]) {
        self.hash = ContentHash(of: content)
        self.size = content.count
        if content.count >= Self.smallestCompressed, let compressed = Gzip.compressed(content),
            compressed.count < content.count
        {
            self.encoding = .gzip
            self.bytes = compressed
        } else {
            self.encoding = .identity
            self.bytes = content
        }
    }

    init(hash: ContentHash, encoding: Encoding, size: Int, bytes: [UInt8]) {
        self.hash = hash
        self.encoding = encoding
        self.size = size
        self.bytes = bytes
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
}

/// gzip (RFC 1952) by zlib.
private enum Gzip {
    /// 15 bits of window, and 16 to ask zlib for gzip's header instead of its own.
    static let windowBits: Int32 = 15 + 16

    static func compressed(_ content: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, 1, Z_DEFLATED, Self.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, uLong(content.count)))
        return Self.run(content, capacity: bound, stream: &stream) { deflate(&$0, Z_FINISH) }
    }

    static func decompressed(_ bytes: [UInt8], size: Int) -> [UInt8]? {
        var stream = z_stream()
        guard inflateInit2_(&stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { inflateEnd(&stream) }
        let content = Self.run(bytes, capacity: size, stream: &stream) { inflate(&$0, Z_FINISH) }
        return content?.count == size ? content : nil
    }

    private static func run(
        _ input: [UInt8],
        capacity: Int,
        stream: inout z_stream,
        step: (inout z_stream) -> Int32
    ) -> [UInt8]? {
        var status = Z_OK
        let output = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            input.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = uInt(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = uInt(capacity)
                status = step(&stream)
            }
            count = capacity - Int(stream.avail_out)
        }
        return status == Z_STREAM_END ? output : nil
    }
}
