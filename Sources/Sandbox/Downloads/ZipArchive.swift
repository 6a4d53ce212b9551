import CZlib
import NIOCore

/// A zip file with the same bytes for the same content, its entries stored or deflated.
struct ZipArchive {
    /// What is written already, but for the end.
    private var pieces: [ByteBuffer] = []
    private var piecesBytes = 0
    /// What follows the pieces.
    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count: UInt16 = 0
    private let dosTime: UInt16
    private let dosDate: UInt16
    private let deflates: Bool

    private static let localHeaderBytes = 30
    private static let directoryHeaderBytes = 46
    private static let endBytes = 22

    /// - Parameters:
    ///   - seconds: The date of every entry; zip knows none before 1980, nor after 2107.
    ///   - isRebuilt: Whether the entries have other dates, and are not deflated.
    init(seconds: Int64, isRebuilt: Bool = false) {
        let first = CivilTime.seconds(year: 1980, month: 1, day: 1)
        let last = CivilTime.seconds(year: 2107, month: 12, day: 30)
        let civil = CivilTime(seconds: min(max(seconds, first), last) + (isRebuilt ? 86_400 : 0))
        self.dosTime = UInt16(civil.hour << 11 | civil.minute << 5 | civil.second / 2)
        self.dosDate = UInt16((civil.year - 1980) << 9 | civil.month << 5 | civil.day)
        self.deflates = !isRebuilt
    }

    /// How many bytes it has with what was added so far.
    var byteCount: Int { self.piecesBytes + self.bytes.count + self.directory.count + Self.endBytes }

    /// Adds a file; deflated when that makes it smaller.
    mutating func add(name: String, _ content: [UInt8]) {
        let deflated = self.deflates ? Deflate.raw(content).flatMap { $0.count < content.count ? $0 : nil } : nil
        let stored = deflated ?? content
        self.begin(
            name,
            isDeflated: deflated != nil,
            checksum: Self.checksum(content),
            storedBytes: stored.count,
            bytes: content.count
        )
        self.bytes += stored
    }

    /// Adds files of random bytes to a folder, until the archive has this many bytes.
    ///
    /// One that has them already, or lacks no more than an entry takes, stays as it is.
    mutating func pad(to byteCount: Int, folder: String) {
        func name(_ index: Int) -> String {
            let digits = String(index)
            return "\(folder)/assets/\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits).bin"
        }
        let names = 2 * name(0).utf8.count
        let overhead = Self.localHeaderBytes + Self.directoryHeaderBytes + names
        for (index, count) in Self.fillers(of: byteCount - self.byteCount, overhead: overhead).enumerated() {
            self.addFiller(name: name(index), count)
        }
    }

    /// How many bytes each file has that, with what an entry takes besides, fill the room.
    static func fillers(of room: Int, overhead: Int) -> [Int] {
        let (full, rest) = max(0, room).quotientAndRemainder(dividingBy: ArchiveFiller.blockBytes + overhead)
        var counts = Array(repeating: ArchiveFiller.blockBytes, count: full)
        if rest > overhead {
            counts.append(rest - overhead)
        } else if rest > 0, let last = counts.popLast() {
            // Too little for one more: two share what one would have had.
            let both = last + rest - overhead
            counts += [both / 2, both - both / 2]
        }
        return counts
    }

    private mutating func addFiller(name: String, _ count: Int) {
        let checksum = ArchiveFiller.shared.checksum(first: count)
        self.begin(name, isDeflated: false, checksum: checksum, storedBytes: count, bytes: count)
        self.pieces += [ByteBuffer(bytes: self.bytes), ArchiveFiller.shared.first(count)]
        self.piecesBytes += self.bytes.count + count
        self.bytes = []
    }

    /// Writes what precedes an entry's bytes, and its place in the directory.
    private mutating func begin(_ name: String, isDeflated: Bool, checksum: UInt32, storedBytes: Int, bytes: Int) {
        let offset = UInt32(self.piecesBytes + self.bytes.count)
        var common: [UInt8] = []
        Self.append16(isDeflated ? 20 : 10, to: &common)
        Self.append16(0x0800, to: &common)
        Self.append16(isDeflated ? 8 : 0, to: &common)
        Self.append16(self.dosTime, to: &common)
        Self.append16(self.dosDate, to: &common)
        Self.append32(checksum, to: &common)
        Self.append32(UInt32(storedBytes), to: &common)
        Self.append32(UInt32(bytes), to: &common)
        Self.append16(UInt16(name.utf8.count), to: &common)
        Self.append16(0, to: &common)

        Self.append32(0x0403_4b50, to: &self.bytes)
        self.bytes += common
        self.bytes += name.utf8

        Self.append32(0x0201_4b50, to: &self.directory)
        // Made by version 3.0 on Unix.
        Self.append16(0x031e, to: &self.directory)
        self.directory += common
        // Comment length, disk number, internal attributes; then external attributes: a plain file, mode 0644.
        for _ in 0..<3 { Self.append16(0, to: &self.directory) }
        Self.append32(0o100644 << 16, to: &self.directory)
        Self.append32(offset, to: &self.directory)
        self.directory += name.utf8
        self.count += 1
    }

    /// CRC-32, as zip and gzip have it.
    static func checksum(_ content: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32(0, content, UInt32(content.count)))
    }

    /// The whole archive; its last piece has the directory.
    func finished() -> [ByteBuffer] {
        var end = self.bytes + self.directory
        Self.append32(0x0605_4b50, to: &end)
        Self.append16(0, to: &end)
        Self.append16(0, to: &end)
        Self.append16(self.count, to: &end)
        Self.append16(self.count, to: &end)
        Self.append32(UInt32(self.directory.count), to: &end)
        Self.append32(UInt32(self.piecesBytes + self.bytes.count), to: &end)
        Self.append16(0, to: &end)
        return self.pieces + [ByteBuffer(bytes: end)]
    }

    private static func append16(_ value: UInt16, to bytes: inout [UInt8]) {
        bytes.append(UInt8(truncatingIfNeeded: value))
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    }

    private static func append32(_ value: UInt32, to bytes: inout [UInt8]) {
        Self.append16(UInt16(truncatingIfNeeded: value), to: &bytes)
        Self.append16(UInt16(truncatingIfNeeded: value >> 16), to: &bytes)
    }
}
