/// What bytes are, as their beginning says.
enum ArchiveSign {
    /// How many bytes tell: a header of tar.
    static let length = TarHeader.length

    /// What is known to be something else, and is not read here.
    private static let others: [(name: String, sign: [UInt8])] = [
        ("a bzip2 file", Array("BZh".utf8)),
        ("an XZ file", [0xFD] + Array("7zXZ".utf8) + [0]),
        ("a Zstandard file", [0x28, 0xB5, 0x2F, 0xFD]),
        ("an RAR archive", Array("Rar!".utf8)),
        ("a 7z archive", Array("7z".utf8) + [0xBC, 0xAF]),
        ("an lzip file", Array("LZIP".utf8)),
    ]

    /// - Parameter beginning: At least ``length`` bytes where there are so many.
    /// - Throws: ``ArchiveRefusal`` where they are no archive, or none that is read here.
    static func kind(of beginning: [UInt8]) throws(ArchiveRefusal) -> ArchiveKind {
        guard !beginning.isEmpty else { throw ArchiveRefusal(.truncated, "it has no bytes") }
        // The last one is that of an empty zip.
        if beginning.starts(with: "PK".utf8), [[3, 4], [5, 6], [6, 6]].contains(beginning.dropFirst(2).prefix(2)) {
            return .zip
        }
        if beginning.starts(with: [0x1F, 0x8B]) { return .gzippedTar }
        for (name, sign) in Self.others where beginning.starts(with: sign) {
            throw ArchiveRefusal(.unsupported, "it is \(name), which is not read here")
        }
        if TarHeader.isOne(beginning) { return .tar }
        throw ArchiveRefusal(.noArchive, Self.words(for: beginning))
    }

    private static func words(for beginning: [UInt8]) -> String {
        let text = beginning.drop { $0.isASCIISpace || [0xEF, 0xBB, 0xBF].contains($0) }
        if text.first == UInt8(ascii: "<") {
            let isPHP = text.starts(with: "<?php".utf8)
            return isPHP ? "it is a PHP file, and no zip or tar" : "it is a page of HTML or XML, and no zip or tar"
        }
        if text.first == UInt8(ascii: "{") { return "it is JSON, and no zip or tar" }
        return "it begins like no zip or tar"
    }
}

extension UInt8 {
    fileprivate var isASCIISpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
