/// A zip of files as they are, which Composer unpacks.
package enum StoredZip {
    package static func bytes(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
        var (entries, directory): ([UInt8], [UInt8]) = ([], [])
        for file in files {
            let start = entries.count
            let crc = Self.crc32(file.content)
            // Version 2.0, no flags, stored, 1 January 1980.
            let common =
                Self.number(20, 2) + Self.number(0, 2) + Self.number(0, 2) + Self.number(0, 2) + Self.number(0x21, 2)
                + Self.number(crc, 4) + Self.number(file.content.count, 4) + Self.number(file.content.count, 4)
                + Self.number(file.name.utf8.count, 2) + Self.number(0, 2)
            entries += Self.number(0x0403_4B50, 4) + common + Array(file.name.utf8) + file.content
            directory += Self.number(0x0201_4B50, 4) + Self.number(20, 2) + common
            directory += Self.number(0, 2) + Self.number(0, 2) + Self.number(0, 2) + Self.number(0, 4)
            directory += Self.number(start, 4) + Array(file.name.utf8)
        }
        let end =
            Self.number(0x0605_4B50, 4) + Self.number(0, 2) + Self.number(0, 2) + Self.number(files.count, 2)
            + Self.number(files.count, 2) + Self.number(directory.count, 4) + Self.number(entries.count, 4)
            + Self.number(0, 2)
        return entries + directory + end
    }

    /// A package as GitHub packs it: one folder with everything in it.
    package static func package(_ name: String, _ content: String) -> [UInt8] {
        Self.bytes([
            ("kit-1/composer.json", Array("{\"name\":\"\(name)\"}".utf8)), ("kit-1/src.php", Array(content.utf8)),
        ])
    }

    private static func number(_ value: Int, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func crc32(_ bytes: [UInt8]) -> Int {
        var crc: UInt32 = .max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return Int(~crc)
    }
}
