extension JSONText {
    /// The first byte that is no UTF-8, or where half of a surrogate pair is escaped: PHP refuses the whole text for either.
    ///
    /// Nothing else of the text's form is looked at; ASCII passes eight bytes at a time.
    package static func firstUndecodable(_ bytes: Span<UInt8>) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let raw = bytes.bytes
        var index = 0
        while index < bytes.count {
            if index &+ 8 <= bytes.count {
                let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
                let backslash = word ^ (ones &* 0x5c)
                let found = ((backslash &- ones) & ~backslash | word) & highs
                if found == 0 {
                    index &+= 8
                    continue
                }
                index &+= found.trailingZeroBitCount / 8
            }
            let byte = bytes[index]
            if byte == UInt8(ascii: "\\") {
                guard let end = self.escapeWholeEnd(bytes, at: index) else { return index }
                index = end
            } else if byte < 0x80 {
                index &+= 1
            } else {
                let length = self.sequenceLength(bytes, at: index)
                guard length > 0 else { return index }
                index &+= length
            }
        }
        return nil
    }

    /// Where the escape at `start`, with its other half, ends; nil for one half alone.
    ///
    /// What is no escape at all is for the reader to refuse.
    private static func escapeWholeEnd(_ bytes: Span<UInt8>, at start: Int) -> Int? {
        guard let unit = self.escapedUnit(bytes, at: start) else { return start + 2 }
        switch unit {
        case 0xD800..<0xDC00:
            guard let low = self.escapedUnit(bytes, at: start + 6), (0xDC00..<0xE000).contains(low) else { return nil }
            return start + 12
        case 0xDC00..<0xE000: return nil
        default: return start + 6
        }
    }

    /// What `\u` and four digits at `start` stand for.
    private static func escapedUnit(_ bytes: Span<UInt8>, at start: Int) -> UInt32? {
        guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for index in (start + 2)..<(start + 6) {
            guard let digit = bytes[index].hexadecimalValue else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// How many bytes the character at `start` has, which is not ASCII; 0 when it is none (RFC 3629).
    private static func sequenceLength(_ bytes: Span<UInt8>, at start: Int) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[start] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard start + length <= bytes.count, second.contains(bytes[start + 1]) else { return 0 }
        for index in (start + 2)..<(start + length) where bytes[index] & 0xC0 != 0x80 { return 0 }
        return length
    }
}
