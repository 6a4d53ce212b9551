import NIOCore

/// A body in pieces, most of which share their memory with other bodies.
extension [ByteBuffer] {
    var byteCount: Int { self.reduce(0) { $0 + $1.readableBytes } }

    /// The bytes of a range that is within the whole; none is copied.
    func bytes(in range: Range<Int>) -> [ByteBuffer] {
        var found: [ByteBuffer] = []
        var start = 0
        for piece in self {
            let end = start + piece.readableBytes
            let part = range.clamped(to: start..<end)
            let offset = piece.readerIndex + part.lowerBound - start
            if !part.isEmpty, let slice = piece.getSlice(at: offset, length: part.count) { found.append(slice) }
            start = end
        }
        return found
    }

    /// All of it in one, copied.
    func joined() -> ByteBuffer {
        var whole = ByteBuffer()
        whole.reserveCapacity(self.byteCount)
        for piece in self { whole.writeImmutableBuffer(piece) }
        return whole
    }

    /// All of it, copied.
    var content: [UInt8] { [UInt8](self.joined().readableBytesView) }
}
