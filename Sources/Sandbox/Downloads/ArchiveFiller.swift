import CZlib
import NIOCore

/// Bytes that no compression makes smaller, with their checksums: made once, and shared by all archives that are padded.
///
/// An archive of 500 MB costs as much memory as the list of its entries.
struct ArchiveFiller: Sendable {
    static let shared = ArchiveFiller()

    /// The most that one entry has (bytes).
    static let blockBytes = 1 << 20
    private static let stepBytes = 1 << 14

    private let block: ByteBuffer
    /// The CRC-32 of the first `index * stepBytes` bytes.
    private let checksums: [UInt32]

    private init() {
        var generator = SplitMix(seed: 0x5a17)
        var block = ByteBuffer()
        block.reserveCapacity(Self.blockBytes)
        for _ in 0..<(Self.blockBytes / 8) { block.writeInteger(generator.next()) }
        self.block = block
        var checksums: [UInt32] = [0]
        for step in 0..<(Self.blockBytes / Self.stepBytes) {
            checksums.append(
                Self.checksum(block, (step * Self.stepBytes)..<((step + 1) * Self.stepBytes), after: checksums[step])
            )
        }
        self.checksums = checksums
    }

    /// - Parameter count: At most ``blockBytes``.
    func first(_ count: Int) -> ByteBuffer { self.block.getSlice(at: 0, length: count) ?? self.block }

    /// The CRC-32 of ``first(_:)``, for which few bytes are read.
    func checksum(first count: Int) -> UInt32 {
        let step = count / Self.stepBytes
        return Self.checksum(self.block, (step * Self.stepBytes)..<count, after: self.checksums[step])
    }

    private static func checksum(_ block: ByteBuffer, _ range: Range<Int>, after: UInt32) -> UInt32 {
        block.withUnsafeReadableBytes { bytes in
            // zlib begins anew where it gets no bytes at all.
            guard !range.isEmpty, let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return after }
            return UInt32(truncatingIfNeeded: crc32(UInt(after), base + range.lowerBound, UInt32(range.count)))
        }
    }
}
