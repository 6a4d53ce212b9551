/// One header of a tar: POSIX.1-1988 (ustar), and as GNU and older programs write it.
struct TarHeader {
    /// Everything in a tar comes in blocks of this many bytes.
    static let length = 512

    enum Kind: Hashable {
        case file, folder, link, hardLink
        /// Says more of the next entry, or of all that follow, in POSIX's way (pax).
        case records(areForAll: Bool)
        /// The next entry's name or target, in GNU's way.
        case longName, longTarget
    }

    var kind: Kind
    var name: [UInt8]
    var target: [UInt8]
    /// Of what follows the header, in bytes.
    var size: Int

    /// - Parameter block: ``length`` bytes.
    /// - Throws: ``ArchiveRefusal``.
    init(_ block: [UInt8]) throws(ArchiveRefusal) {
        guard Self.isOne(block) else { throw ArchiveRefusal(.damaged, "where an entry should begin is something else") }
        var name = Self.text(block[0..<100])
        // GNU has other things in the place of the prefix, and "  " in that of the version.
        let prefix = Self.text(block[345..<500])
        if block[257..<265].elementsEqual("ustar\u{0}00".utf8), !prefix.isEmpty {
            name = prefix + [EntryPath.slash] + name
        }
        self.name = name
        self.target = Self.text(block[157..<257])
        guard let size = Self.number(block[124..<136]) else {
            throw ArchiveRefusal(.damaged, entry: name, "its size can't be read")
        }
        self.size = size
        switch block[156] {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): self.kind = .file
        case UInt8(ascii: "1"): self.kind = .hardLink
        case UInt8(ascii: "2"): self.kind = .link
        case UInt8(ascii: "5"): self.kind = .folder
        case UInt8(ascii: "x"): self.kind = .records(areForAll: false)
        case UInt8(ascii: "g"): self.kind = .records(areForAll: true)
        case UInt8(ascii: "L"): self.kind = .longName
        case UInt8(ascii: "K"): self.kind = .longTarget
        case UInt8(ascii: "S"): throw ArchiveRefusal(.unsupported, entry: name, "it is a file with holes")
        case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"):
            throw ArchiveRefusal(.unsafeName, entry: name, "it is neither file nor folder")
        default: throw ArchiveRefusal(.unsupported, entry: name, "it is of a type that is not known")
        }
    }

    /// Whether the sum of the block's bytes is the one that it says.
    ///
    /// The sum itself counts as spaces; some old programs added bytes up as signed ones.
    static func isOne(_ block: [UInt8]) -> Bool {
        guard block.count >= Self.length, let sum = Self.number(block[148..<156]) else { return false }
        var (unsigned, signed) = (0, 0)
        for (place, byte) in block.prefix(Self.length).enumerated() {
            let counted = (148..<156).contains(place) ? 0x20 : byte
            unsigned += Int(counted)
            signed += Int(Int8(bitPattern: counted))
        }
        return (sum == unsigned || sum == signed) && block[0] != 0
    }

    /// A field up to its first zero.
    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// Octal digits among spaces and zeros, or, as GNU has it, a bit and then binary digits.
    ///
    /// - Returns: nil for what is neither, negative, or more than any file can have.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        if let first = field.first, first & 0x80 != 0 {
            guard first == 0x80 else { return nil }
            var value = 0
            for byte in field.dropFirst() {
                guard value < 1 << 48 else { return nil }
                value = value << 8 | Int(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 || $0 == 0 }.prefix { $0 != 0x20 && $0 != 0 }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit), value < 1 << 48 else { return nil }
            value = value << 3 | Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
