import SystemPackage

/// Reads an archive anywhere, from memory or from a file, and never more than a piece of it at once.
///
/// Not Sendable: used by the task that checks.
final class ArchiveReader {
    /// Bytes handed on at once.
    static let pieceBytes = 128 << 10

    private enum Place {
        case memory([UInt8])
        case file(FileDescriptor, buffer: UnsafeMutableRawBufferPointer)
    }

    /// In bytes.
    let size: Int
    private let place: Place

    init(_ bytes: [UInt8]) {
        self.size = bytes.count
        self.place = .memory(bytes)
    }

    /// - Parameter file: Stays open, and is read without its position being moved.
    init(_ file: FileDescriptor, size: Int) {
        self.size = size
        self.place = .file(file, buffer: .allocate(byteCount: Self.pieceBytes, alignment: 16))
    }

    deinit {
        if case .file(_, let buffer) = self.place { buffer.deallocate() }
    }

    /// Hands over what is at `range`, a piece at a time.
    ///
    /// - Throws: ``ArchiveRefusal`` where the archive does not reach so far, `Errno`, `CancellationError`, or what `body`
    ///   throws.
    func forEachPiece(of range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard range.lowerBound >= 0, range.upperBound <= self.size else { throw Self.tooShort }
        var start = range.lowerBound
        while start < range.upperBound {
            try Task.checkCancellation()
            let count = min(Self.pieceBytes, range.upperBound - start)
            switch self.place {
            case .memory(let bytes):
                try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<(start + count)])) }
                start += count
            case .file(let file, let buffer):
                let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
                let read = try file.read(fromAbsoluteOffset: Int64(start), into: wanted)
                guard read > 0 else { throw Self.tooShort }
                try body(UnsafeRawBufferPointer(rebasing: wanted[..<read]))
                start += read
            }
        }
    }

    /// A copy of what is at `range`; for what is known to be small.
    ///
    /// - Throws: As ``forEachPiece(of:_:)``.
    func bytes(_ range: Range<Int>) throws -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= self.size else { throw Self.tooShort }
        if case .memory(let bytes) = self.place { return Array(bytes[range]) }
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        try self.forEachPiece(of: range) { copy.append(contentsOf: $0) }
        return copy
    }

    private static let tooShort = ArchiveRefusal(.truncated, "it ends before what it says to have in it")
}
