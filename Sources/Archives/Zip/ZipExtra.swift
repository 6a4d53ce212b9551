/// The extra fields of an entry, of which two matter here (APPNOTE.TXT 4.5).
struct ZipExtra {
    private static let zip64 = 0x0001
    /// Info-ZIP's name in Unicode, which programs take instead of the other.
    private static let unicodePath = 0x7075

    private var sizes: [UInt8]?
    /// The field for the name in Unicode, as it stands.
    private(set) var path: [UInt8]?

    /// - Throws: ``ArchiveRefusal`` where one of the two is there twice, or any can't be read.
    init(_ bytes: ArraySlice<UInt8>, of entry: ArraySlice<UInt8>) throws(ArchiveRefusal) {
        let bytes = Array(bytes)
        var place = 0
        // What is too short for a field is padding.
        while place + 4 <= bytes.count {
            let id = bytes.number16(place)
            let end = place + 4 + bytes.number16(place + 2)
            guard end <= bytes.count else {
                // Unzip fails on it, and Composer with it.
                throw ArchiveRefusal(.damaged, entry: entry, "one of its extra fields has no end")
            }
            let value = Array(bytes[(place + 4)..<end])
            place = end
            switch id {
            case Self.zip64 where self.sizes == nil: self.sizes = value
            case Self.unicodePath where self.path == nil: self.path = value
            case Self.zip64, Self.unicodePath:
                throw ArchiveRefusal(.ambiguous, entry: entry, "one of its extra fields is there twice")
            default: break
            }
        }
    }

    /// The sizes of a zip64, one after the other: those that do not fit where they should be.
    func number(_ index: Int, entry: ArraySlice<UInt8>) throws(ArchiveRefusal) -> Int {
        guard let sizes = self.sizes, sizes.count >= 8 * index + 8 else {
            throw ArchiveRefusal(
                .damaged,
                entry: entry,
                "it is too large for its header, and the zip64 field is missing"
            )
        }
        return try sizes.number64(8 * index)
    }

    /// The name that programs take that know this field; nil where there is none.
    ///
    /// - Throws: ``ArchiveRefusal`` where it is no safe name, for this header's other name or for another.
    func unicodePath(of name: ArraySlice<UInt8>) throws(ArchiveRefusal) -> EntryPath? {
        guard let field = self.path, field.count > 5, field[0] == 1 else { return nil }
        let path = try EntryPath(field[5...])
        guard (field.last == EntryPath.slash) == (name.last == EntryPath.slash) else {
            throw ArchiveRefusal(.ambiguous, entry: name, "it is a folder by one of its names, and a file by the other")
        }
        return CRC32.of(name) == UInt32(truncatingIfNeeded: field.number32(1)) ? path : nil
    }
}

/// Sizes and place of an entry, some of which may be in its zip64 field.
struct ZipSizes {
    static let elsewhere = 0xFFFF_FFFF

    var size: Int
    var packedSize: Int
    var offset: Int

    /// Takes what is missing from the zip64 field: only what is missing is there, in this order.
    mutating func fill(from extra: ZipExtra, entry: ArraySlice<UInt8>) throws(ArchiveRefusal) {
        var index = 0
        for member in [\ZipSizes.size, \.packedSize, \.offset] where self[keyPath: member] == Self.elsewhere {
            self[keyPath: member] = try extra.number(index, entry: entry)
            index += 1
        }
    }
}
