/// What stands before the data of an entry, and what may follow it (APPNOTE.TXT 4.3.7, 4.3.9).
struct ZipLocalHeader {
    private static let sign: [UInt8] = [0x50, 0x4B, 3, 4]
    private static let descriptorSign: [UInt8] = [0x50, 0x4B, 7, 8]
    static let length = 30

    /// Where the data is.
    let data: Range<Int>
    private let flags: Int
    /// Whether CRC and sizes are here, and not only behind the data.
    private let isFilled: Bool

    /// Reads the header of an entry, and compares it with what the directory says of it.
    ///
    /// - Throws: ``ArchiveRefusal``, or what reading fails with.
    init(of entry: ZipEntry, named name: ArraySlice<UInt8>, in reader: ArchiveReader) throws {
        guard entry.offset <= reader.size - Self.length else {
            throw ArchiveRefusal(.truncated, entry: name, "its data is not there")
        }
        let header = try reader.bytes(entry.offset..<(entry.offset + Self.length))
        guard header.starts(with: Self.sign) else {
            throw ArchiveRefusal(.damaged, entry: name, "it is not where the directory says")
        }
        let nameEnd = entry.offset + Self.length + header.number16(26)
        let dataStart = nameEnd + header.number16(28)
        let rest = try reader.bytes((entry.offset + Self.length)..<dataStart)
        let ownName = rest.prefix(header.number16(26))
        guard ownName.elementsEqual(name) else {
            throw ArchiveRefusal(.ambiguous, entry: name, "before its data it has another name")
        }
        self.flags = header.number16(6)
        try ZipFlags.check(self.flags, version: header.number16(4), entry: name)
        guard (self.flags ^ entry.flags) & ZipFlags.isUTF8 == 0 || name.allSatisfy({ $0 < 0x80 }) else {
            throw ArchiveRefusal(.ambiguous, entry: name, "its name is in two encodings")
        }
        // Unzip looks for sizes behind the data where the directory says so.
        guard entry.flags & ~self.flags & ZipFlags.hasDescriptor == 0 else {
            throw ArchiveRefusal(.ambiguous, entry: name, "its sizes follow its data, or do not")
        }
        guard header.number16(8) == entry.method.rawValue else {
            throw ArchiveRefusal(.ambiguous, entry: name, "before its data it is packed in another way")
        }
        let extra = try ZipExtra(rest[ownName.endIndex...], of: name)
        guard extra.path == entry.unicodePath else {
            throw ArchiveRefusal(.ambiguous, entry: name, "before its data it has another name in Unicode")
        }
        var sizes = ZipSizes(size: header.number32(22), packedSize: header.number32(18), offset: 0)
        let crc = header.number32(14)
        let isLeftOut = self.flags & ZipFlags.hasDescriptor != 0
        // Whoever leaves them for later may have written that they are zip64's without a field for them.
        if !isLeftOut { try sizes.fill(from: extra, entry: name) } else { try? sizes.fill(from: extra, entry: name) }
        self.isFilled = crc == Int(entry.crc) && sizes.size == entry.size && sizes.packedSize == entry.packedSize
        let saysNothingElse = [(crc, Int(entry.crc)), (sizes.size, entry.size), (sizes.packedSize, entry.packedSize)]
            .allSatisfy { own, known in own == known || own == 0 || own == ZipSizes.elsewhere }
        guard self.isFilled || isLeftOut && saysNothingElse else {
            throw ArchiveRefusal(.ambiguous, entry: name, "before its data it has another size or CRC-32")
        }
        let (end, overflows) = dataStart.addingReportingOverflow(entry.packedSize)
        guard !overflows, end <= reader.size else {
            throw ArchiveRefusal(.truncated, entry: name, "its data is not there in full")
        }
        self.data = dataStart..<end
    }

    /// Makes sure that nothing is between the data and what comes next but what belongs there.
    ///
    /// - Throws: ``ArchiveRefusal``, or what reading fails with.
    func check(
        upTo next: Int,
        of entry: ZipEntry,
        named name: ArraySlice<UInt8>,
        in reader: ArchiveReader
    ) throws {
        let count = next - self.data.upperBound
        guard count >= 0 else {
            throw ArchiveRefusal(.ambiguous, entry: name, "its data overlaps with what comes next")
        }
        guard count > 0 else {
            guard self.isFilled else {
                throw ArchiveRefusal(.damaged, entry: name, "its sizes should follow its data, and do not")
            }
            return
        }
        guard self.flags & ZipFlags.hasDescriptor != 0, [12, 16, 20, 24].contains(count) else {
            throw ArchiveRefusal(.ambiguous, "after the data of its entries are \(count) bytes that belong to none")
        }
        let bytes = try reader.bytes(self.data.upperBound..<next)
        let isLarge = count >= 20
        let start = count % 8 == 0 ? 4 : 0
        let packedSize = isLarge ? try bytes.number64(start + 4) : bytes.number32(start + 4)
        let size = isLarge ? try bytes.number64(start + 12) : bytes.number32(start + 8)
        guard start == 0 || bytes.starts(with: Self.descriptorSign), bytes.number32(start) == Int(entry.crc),
            packedSize == entry.packedSize, size == entry.size
        else {
            throw ArchiveRefusal(.damaged, entry: name, "what follows its data says something else than the directory")
        }
    }
}
