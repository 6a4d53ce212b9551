import CZlib

/// gzip (RFC 1952) of what comes in parts, at zlib's fastest level.
final class GzipStream {
    private static let outputBytes = 32_768

    struct Failure: Error {}

    // zlib remembers where it is.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    /// - Throws: ``Failure`` when there is no memory for it.
    init() throws {
        self.stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(self.stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else {
            throw Failure()
        }
    }

    deinit {
        deflateEnd(self.stream)
        self.stream.deallocate()
    }

    /// What is to be sent now; may be nothing unless it is the last.
    func compressed(_ input: [UInt8], isLast: Bool) throws -> [UInt8] {
        var output: [UInt8] = []
        try input.withUnsafeBufferPointer { input in
            self.stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            self.stream.pointee.avail_in = uInt(input.count)
            var room: uInt = 0
            while room == 0 {
                var status = Z_OK
                output += [UInt8](unsafeUninitializedCapacity: Self.outputBytes) { part, count in
                    self.stream.pointee.next_out = part.baseAddress
                    self.stream.pointee.avail_out = uInt(Self.outputBytes)
                    status = deflate(self.stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    room = self.stream.pointee.avail_out
                    count = Self.outputBytes - Int(room)
                }
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw Failure() }
            }
        }
        return output
    }
}
