import CZlib

/// Unpacks deflated data (RFC 1951, or in gzip's frame) into a buffer that is used over and over.
///
/// Beside the one for bodies of answers, which makes a new buffer for each piece: entries are unpacked only to be looked at.
/// Not Sendable: used by the task that checks.
final class Inflater {
    enum Form: Int32 {
        /// zlib's codes: a window of 32 KiB without any frame, and in gzip's.
        case bare = -15
        case gzip = 31
    }

    /// The data is not what it is said to be.
    struct Failure: Error {}

    private static let outputBytes = 128 << 10

    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableRawBufferPointer
    /// Whether the data has ended as it should.
    private(set) var hasEnded = false

    /// - Throws: ``Failure`` when there is no memory for it.
    init(_ form: Form) throws {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        self.output = .allocate(byteCount: Self.outputBytes, alignment: 16)
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(self.stream, form.rawValue, ZLIB_VERSION, size) == Z_OK else { throw Failure() }
    }

    deinit {
        // Of one that was not begun, zlib wants nothing.
        inflateEnd(self.stream)
        self.stream.deallocate()
        self.output.deallocate()
    }

    /// Makes ready for other data.
    func begin() {
        inflateReset(self.stream)
        self.hasEnded = false
    }

    /// Unpacks a piece, up to the end of the data.
    ///
    /// - Returns: How many bytes of it were the data's.
    /// - Throws: ``Failure``, or what `consume` throws.
    func unpack(_ piece: UnsafeRawBufferPointer, _ consume: (UnsafeRawBufferPointer) throws -> Void) throws -> Int {
        let start = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
        self.stream.pointee.next_in = UnsafeMutablePointer(mutating: start)
        self.stream.pointee.avail_in = uInt(piece.count)
        var isFull = true
        while !self.hasEnded, self.stream.pointee.avail_in > 0 || isFull {
            self.stream.pointee.next_out = self.output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            self.stream.pointee.avail_out = uInt(Self.outputBytes)
            let status = inflate(self.stream, Z_NO_FLUSH)
            let count = Self.outputBytes - Int(self.stream.pointee.avail_out)
            isFull = count == Self.outputBytes
            switch status {
            case Z_OK: break
            case Z_STREAM_END: self.hasEnded = true
            // Nothing came and nothing went: more has to come.
            case Z_BUF_ERROR where self.stream.pointee.avail_in == 0: break
            default: throw Failure()
            }
            if count > 0 { try consume(UnsafeRawBufferPointer(rebasing: self.output[..<count])) }
        }
        return piece.count - Int(self.stream.pointee.avail_in)
    }
}

/// The CRC-32 of zip files and gzip (ITU-T V.42).
struct CRC32: Equatable {
    private(set) var value: UInt32 = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // Without bytes zlib gives the value to start with.
        guard bytes.count > 0, let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        self.value = UInt32(truncatingIfNeeded: crc32_z(uLong(self.value), start, bytes.count))
    }

    static func of(_ bytes: some Collection<UInt8>) -> UInt32 {
        var crc = CRC32()
        Array(bytes).withUnsafeBytes { crc.update($0) }
        return crc.value
    }
}
