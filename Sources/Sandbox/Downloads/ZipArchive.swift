import CZlib

/// A zip file with the same bytes for the same content, its entries stored or deflated.
struct ZipArchive {
    private var bytes: [UInt8] = []
    private var directory: [UInt8] = []
    private var count: UInt16 = 0
    private let dosTime: UInt16
    private let dosDate: UInt16

    /// - Parameter seconds: The date of every entry; zip knows none before 1980.
    init(seconds: Int64) {
        let civil = CivilTime(seconds: max(seconds, CivilTime.seconds(year: 1980, month: 1, day: 1)))
        self.dosTime = UInt16(civil.hour << 11 | civil.minute << 5 | civil.second / 2)
        self.dosDate = UInt16((civil.year - 1980) << 9 | civil.month << 5 | civil.day)
    }

    /// Adds a file; deflated when that makes it smaller.
    mutating func add(name: String, _ content: [UInt8]) {
        let checksum = Self.checksum(content)
        let deflated = Deflate.raw(content)
        let isDeflated = deflated.map { $0.count < content.count } ?? false
        let stored = isDeflated ? deflated ?? content : content
        let offset = UInt32(self.bytes.count)
        var common: [UInt8] = []
        Self.append16(isDeflated ? 20 : 10, to: &common)
        Self.append16(0x0800, to: &common)
        Self.append16(isDeflated ? 8 : 0, to: &common)
        Self.append16(self.dosTime, to: &common)
        Self.append16(self.dosDate, to: &common)
        Self.append32(checksum, to: &common)
        Self.append32(UInt32(stored.count), to: &common)
        Self.append32(UInt32(content.count), to: &common)
        Self.append16(UInt16(name.utf8.count), to: &common)
        Self.append16(0, to: &common)

        Self.append32(0x0403_4b50, to: &self.bytes)
        self.bytes += common
        self.bytes += name.utf8
        self.bytes += stored

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

    /// The whole archive.
    func finished() -> [UInt8] {
        var archive = self.bytes + self.directory
        Self.append32(0x0605_4b50, to: &archive)
        Self.append16(0, to: &archive)
        Self.append16(0, to: &archive)
        Self.append16(self.count, to: &archive)
        Self.append16(self.count, to: &archive)
        Self.append32(UInt32(self.directory.count), to: &archive)
        Self.append32(UInt32(self.bytes.count), to: &archive)
        Self.append16(0, to: &archive)
        return archive
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
