import CZlib
package import NIOCore

/// Unpacks a body as it arrives, a piece at a time: what a few kilobytes unpack to is never held at once.
///
/// Not Sendable: used by the task that reads the body.
package final class BodyInflater {
    /// Bytes handed on at once.
    private static let pieceBytes = 64 << 10
    /// 15 bits of window, and 32 to find out by itself whether the header is gzip's or zlib's.
    private static let windowBits: Int32 = 15 + 32

    private let stream: UnsafeMutablePointer<z_stream>
    private var hasBegun = false
    private var hasEnded = false

    package init() {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
    }

    deinit {
        if self.hasBegun { inflateEnd(self.stream) }
        self.stream.deallocate()
    }

    /// Whether what has come is whole, or nothing has come.
    package var isComplete: Bool { self.hasEnded || !self.hasBegun }

    /// - Returns: false when `consume` wanted no more.
    /// - Throws: ``Failure``, or what `consume` throws.
    package func unpack(_ chunk: ByteBuffer, _ consume: (ByteBuffer) throws -> Bool) throws -> Bool {
        guard chunk.readableBytes > 0 else { return true }
        if !self.hasBegun {
            let size = Int32(MemoryLayout<z_stream>.size)
            guard inflateInit2_(self.stream, Self.windowBits, ZLIB_VERSION, size) == Z_OK else { throw Failure() }
            self.hasBegun = true
        }
        guard !self.hasEnded else { throw Failure() }
        var input = Array(chunk.readableBytesView)
        var start = 0
        var mayHoldMore = true
        while start < input.count || mayHoldMore {
            let (piece, used, status) = self.step(&input, from: start)
            start += used
            mayHoldMore = piece.readableBytes == Self.pieceBytes
            if piece.readableBytes > 0, try !consume(piece) { return false }
            switch status {
            case Z_STREAM_END where start == input.count:
                self.hasEnded = true
                return true
            case Z_OK: break
            case Z_BUF_ERROR where start == input.count: return true
            // Whatever else: no such stream, or something after its end.
            default: throw Failure()
            }
        }
        return true
    }

    private func step(_ input: inout [UInt8], from start: Int) -> (piece: ByteBuffer, used: Int, status: Int32) {
        var status = Z_OK
        var used = 0
        var piece = ByteBuffer()
        piece.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.pieceBytes) { output in
            input.withUnsafeMutableBufferPointer { input in
                self.stream.pointee.next_in = input.baseAddress.map { $0 + start }
                self.stream.pointee.avail_in = uInt(input.count - start)
                self.stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                self.stream.pointee.avail_out = uInt(Self.pieceBytes)
                status = inflate(self.stream, Z_NO_FLUSH)
                used = input.count - start - Int(self.stream.pointee.avail_in)
            }
            return Self.pieceBytes - Int(self.stream.pointee.avail_out)
        }
        return (piece, used, status)
    }

    /// The bytes are not what they are said to be.
    package struct Failure: Error {}
}
