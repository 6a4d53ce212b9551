/// Where a zip's central directory is, as its end says (APPNOTE.TXT 4.3.14 to 4.3.16).
///
/// What programs read in different ways is refused here, as it is by PyPI (`warehouse/utils/zipfiles.py`): a second end,
/// something between directory and end or after it.
struct ZipEnd {
    private static let sign: [UInt8] = [0x50, 0x4B, 5, 6]
    private static let sign64: [UInt8] = [0x50, 0x4B, 6, 6]
    private static let locatorSign: [UInt8] = [0x50, 0x4B, 6, 7]
    private static let length = 22
    private static let locatorLength = 20
    private static let length64 = 56
    private static let maxComment = 0xFFFF

    var entryCount: Int
    var directory: Range<Int>

    /// - Throws: ``ArchiveRefusal``, or what reading fails with.
    init(_ reader: ArchiveReader) throws {
        let start = max(0, reader.size - Self.length - Self.maxComment - Self.locatorLength)
        let tail = try reader.bytes(start..<reader.size)
        let end = try Self.place(in: tail)
        guard tail.number16(end + 4) == 0, tail.number16(end + 6) == 0 else { throw Self.several }
        guard tail.number16(end + 8) == tail.number16(end + 10) else { throw Self.several }
        self.entryCount = tail.number16(end + 10)
        var (size, offset) = (tail.number32(end + 12), tail.number32(end + 16))
        var directoryEnd = start + end
        let locator = end - Self.locatorLength
        if locator >= 0, tail[locator..<(locator + 4)].elementsEqual(Self.locatorSign) {
            let found = try Self.end64(reader, locator: Array(tail[locator..<end]), at: start + locator)
            for (small, large, most) in [
                (self.entryCount, found.entryCount, 0xFFFF), (size, found.size, 0xFFFF_FFFF),
                (offset, found.offset, 0xFFFF_FFFF),
            ] {
                guard small == large || small == most else {
                    throw ArchiveRefusal(.ambiguous, "its two ends say different things of its directory")
                }
            }
            (self.entryCount, size, offset) = (found.entryCount, found.size, found.offset)
            directoryEnd = found.start
        }
        let (sum, overflows) = offset.addingReportingOverflow(size)
        guard !overflows, sum == directoryEnd else {
            throw ArchiveRefusal(
                sum > directoryEnd || overflows ? .truncated : .damaged,
                "its directory does not end where its end begins: something is missing, or too much"
            )
        }
        self.directory = offset..<sum
    }

    /// The only end in the last bytes of a file.
    private static func place(in tail: [UInt8]) throws(ArchiveRefusal) -> Int {
        // The last sign is the one that programs begin with, whatever it is followed by.
        var place = tail.count - Self.sign.count
        while place >= 0, tail[place] != 0x50 || !tail[place..<(place + 4)].elementsEqual(Self.sign) { place -= 1 }
        guard place >= 0 else {
            throw ArchiveRefusal(.truncated, "it has no end: the directory of its entries is missing")
        }
        guard place + Self.length <= tail.count, place + Self.length + tail.number16(place + 20) == tail.count else {
            throw ArchiveRefusal(.damaged, "something is missing after its end, or too much")
        }
        var other = place - 1
        while other >= 0 {
            if tail[other] == 0x50, tail[other..<(other + 4)].elementsEqual(Self.sign),
                other + Self.length + tail.number16(other + 20) == tail.count
            {
                throw ArchiveRefusal(.ambiguous, "it has two ends")
            }
            other -= 1
        }
        return place
    }

    private static func end64(
        _ reader: ArchiveReader,
        locator: [UInt8],
        at place: Int
    ) throws -> (start: Int, entryCount: Int, size: Int, offset: Int) {
        // With none at all, Python reads it and unzip does not.
        guard locator.number32(4) == 0, locator.number32(16) == 1 else { throw Self.several }
        let start = try locator.number64(8)
        guard start <= place - Self.length64 else { throw Self.noEnd64 }
        let record = try reader.bytes(start..<(start + Self.length64))
        let length = try record.number64(4)
        guard record.starts(with: Self.sign64), length == place - start - 12 else { throw Self.noEnd64 }
        guard record.number32(16) == 0, record.number32(20) == 0 else { throw Self.several }
        let count = try record.number64(32)
        guard try record.number64(24) == count else { throw Self.several }
        return (start, count, try record.number64(40), try record.number64(48))
    }

    private static let several = ArchiveRefusal(.unsupported, "it is a part of a zip of several parts")
    private static let noEnd64 = ArchiveRefusal(.damaged, "its zip64 end is not where it says")
}
