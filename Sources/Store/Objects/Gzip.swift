import CZlib

/// gzip (RFC 1952) by zlib.
package enum Gzip {
    /// 15 bits of window, and 16 to ask zlib for gzip's header instead of its own.
    private static let windowBits: Int32 = 15 + 16

    /// Compresses at zlib's fastest level.
    ///
    /// - Returns: nil when there is no memory for it.
    package static func compressed(_ content: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, 1, Z_DEFLATED, Self.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, uLong(content.count)))
        return Self.run(content, capacity: bound, stream: &stream) { deflate(&$0, Z_FINISH) }
    }

    /// - Returns: nil when `bytes` do not decode to exactly `size` bytes.
    package static func decompressed(_ bytes: [UInt8], size: Int) -> [UInt8]? {
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
