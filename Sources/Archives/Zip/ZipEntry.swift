/// What a zip's central directory says of one entry (APPNOTE.TXT 4.3.12).
struct ZipEntry {
    static let sign: [UInt8] = [0x50, 0x4B, 1, 2]
    static let length = 46

    enum Method: Int {
        case stored = 0
        case deflated = 8
    }

    /// The name as it stands in the directory.
    var name: Range<Int>
    var kind: EntryTree.Kind
    /// How many folders it is in.
    var depth = 0
    var flags: Int
    var method: Method
    var crc: UInt32
    /// In bytes.
    var packedSize: Int
    var size: Int
    /// Where its local header is.
    var offset: Int
    /// The field for its name in Unicode, where it has one.
    var unicodePath: [UInt8]?

    /// Reads the entry at `place`.
    ///
    /// - Returns: It, what is to be taken for its name, and where the next one begins.
    /// - Throws: ``ArchiveRefusal``.
    static func read(
        _ directory: [UInt8],
        at place: Int
    ) throws(ArchiveRefusal) -> (entry: ZipEntry, path: EntryPath, next: Int) {
        guard place + Self.length <= directory.count, directory[place..<(place + 4)].elementsEqual(Self.sign) else {
            throw ArchiveRefusal(.damaged, "its directory has something else in it than entries")
        }
        let nameEnd = place + Self.length + directory.number16(place + 28)
        let extraEnd = nameEnd + directory.number16(place + 30)
        let end = extraEnd + directory.number16(place + 32)
        guard end <= directory.count else { throw ArchiveRefusal(.damaged, "its directory ends within an entry") }
        let range = (place + Self.length)..<nameEnd
        let name = directory[range]
        var path = try EntryPath(name)
        let flags = directory.number16(place + 8)
        try ZipFlags.check(flags, version: directory.number16(place + 6), entry: name)
        var fields = ZipSizes(
            size: directory.number32(place + 24),
            packedSize: directory.number32(place + 20),
            offset: directory.number32(place + 42)
        )
        let extra = try ZipExtra(directory[nameEnd..<extraEnd], of: name)
        try fields.fill(from: extra, entry: name)
        guard directory.number16(place + 34) == 0 else {
            throw ArchiveRefusal(.unsupported, entry: name, "it is in another part of the zip")
        }
        if let other = try extra.unicodePath(of: name) { path = other }
        let entry = ZipEntry(
            name: range,
            kind: try Self.kind(mode: directory.number32(place + 38) >> 16, name),
            flags: flags,
            method: try Self.method(directory.number16(place + 10), entry: name),
            crc: UInt32(truncatingIfNeeded: directory.number32(place + 16)),
            packedSize: fields.packedSize,
            size: fields.size,
            offset: fields.offset,
            unicodePath: extra.path
        )
        guard entry.kind != .link || extra.path == nil else {
            // From where it leads up depends on which one is taken.
            throw ArchiveRefusal(.ambiguous, entry: name, "it is a link with two names")
        }
        guard entry.method == .deflated || entry.size == entry.packedSize else {
            throw ArchiveRefusal(.damaged, entry: name, "it is stored, and has two sizes")
        }
        guard entry.kind != .folder || entry.size == 0 else {
            throw ArchiveRefusal(.damaged, entry: name, "it is a folder, and has bytes")
        }
        return (entry, path, end)
    }

    /// - Parameter mode: As Unix has it (`st_mode`); whoever made the zip, some read it.
    private static func kind(mode: Int, _ name: ArraySlice<UInt8>) throws(ArchiveRefusal) -> EntryTree.Kind {
        let isFolder = name.last == EntryPath.slash
        switch mode & 0o170000 {
        case 0o120000 where !isFolder: return .link
        case 0o040000 where !isFolder:
            throw ArchiveRefusal(.ambiguous, entry: name, "it is a folder, and is not named like one")
        case 0, 0o100000, 0o040000: return isFolder ? .folder : .file
        default: throw ArchiveRefusal(.unsafeName, entry: name, "it is neither file nor folder")
        }
    }

    private static func method(_ number: Int, entry: ArraySlice<UInt8>) throws(ArchiveRefusal) -> Method {
        if let method = Method(rawValue: number) { return method }
        let names = [
            1: "shrunk", 6: "imploded", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "XZ", 98: "PPMd",
            99: "AES",
        ]
        throw ArchiveRefusal(
            number == 99 ? .encrypted : .unsupported,
            entry: entry,
            "it is packed with method \(number)\(names[number].map { " (\($0))" } ?? ""), which is not read here"
        )
    }
}

/// General purpose bits, and the version that is needed (APPNOTE.TXT 4.4.3, 4.4.4).
enum ZipFlags {
    /// Unzip knows up to 4.6 and skips the rest; what is read here needs no more than 4.5.
    private static let maxVersion = 46

    /// Sizes and CRC follow the data.
    static let hasDescriptor = 1 << 3
    /// The name is in UTF-8, else in a code page of IBM's.
    static let isUTF8 = 1 << 11

    static func check(_ flags: Int, version: Int, entry: ArraySlice<UInt8>) throws(ArchiveRefusal) {
        // Encrypted, strongly, and with a directory that is.
        guard flags & (1 << 0 | 1 << 6 | 1 << 13) == 0 else {
            throw ArchiveRefusal(.encrypted, entry: entry, "it is encrypted")
        }
        // The upper byte is a system, which some write here as well.
        guard version & 0xFF <= Self.maxVersion else {
            throw ArchiveRefusal(.unsupported, entry: entry, "it needs version \(version & 0xFF) of zip")
        }
        guard flags & 1 << 5 == 0 else { throw ArchiveRefusal(.unsupported, entry: entry, "it is a patch") }
    }
}
