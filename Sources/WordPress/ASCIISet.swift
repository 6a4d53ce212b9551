/// Some characters of ASCII, of which it takes a shift to know whether a byte is one.
///
/// `"/?#".utf8.contains(byte)` goes through the text for each byte that it is asked about.
struct ASCIISet: ExpressibleByStringLiteral, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(stringLiteral characters: StaticString) {
        characters.withUTF8Buffer { characters in
            for character in characters where character < 128 {
                let bit: UInt64 = 1 << UInt64(character & 63)
                if character < 64 { self.low |= bit } else { self.high |= bit }
            }
        }
    }

    func contains(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<64: self.low >> UInt64(byte) & 1 == 1
        case 64..<128: self.high >> UInt64(byte - 64) & 1 == 1
        default: false
        }
    }
}
