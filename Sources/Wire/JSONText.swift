/// The insides of JSON strings.
package enum JSONText {
    /// The first quote, backslash or control character at or after `start`; eight bytes at a time.
    package static func plainEnd(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let raw = bytes.bytes
        var index = start
        while index &+ 8 <= end {
            let word = UInt64(littleEndian: raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5c)
            let found =
                ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word) & highs
            if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return index }
            index &+= 1
        }
        return max(index, start)
    }

    /// Where the escape that begins at `start` ends; nil when it is none.
    package static func escapeEnd(_ bytes: Span<UInt8>, at start: Int, to end: Int) -> Int? {
        guard start + 1 < end else { return nil }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            guard start + 6 <= end else { return nil }
            for index in (start + 2)..<(start + 6) where bytes[index].hexadecimalValue == nil { return nil }
            return start + 6
        default:
            return nil
        }
    }

    /// The text with its escapes replaced; nil when one of them is none.
    ///
    /// Halves of surrogate pairs become U+FFFD.
    package static func unescaped(_ bytes: ArraySlice<UInt8>) -> String? {
        var units: [UInt8] = []
        units.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            guard bytes[index] == UInt8(ascii: "\\") else {
                units.append(bytes[index])
                index += 1
                continue
            }
            guard index + 1 < bytes.endIndex else { return nil }
            index += 2
            switch bytes[index - 1] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(bytes[index - 1])
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0c)
            case UInt8(ascii: "n"): units.append(0x0a)
            case UInt8(ascii: "r"): units.append(0x0d)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "u"):
                guard let scalar = Self.scalar(bytes, at: &index) else { return nil }
                units.append(contentsOf: String(Character(scalar)).utf8)
            default: return nil
            }
        }
        return String(decoding: units, as: UTF8.self)
    }

    /// Reads the digits after `\u`, and the second half of a pair where the first is one.
    private static func scalar(_ bytes: ArraySlice<UInt8>, at index: inout Int) -> Unicode.Scalar? {
        guard let first = Self.unit(bytes, at: index) else { return nil }
        index += 4
        if let scalar = Unicode.Scalar(first) { return scalar }
        if first < 0xdc00, index + 1 < bytes.endIndex, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u"), let second = Self.unit(bytes, at: index + 2),
            (0xdc00..<0xe000).contains(second)
        {
            index += 6
            return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        }
        return "\u{fffd}"
    }

    private static func unit(_ bytes: ArraySlice<UInt8>, at index: Int) -> UInt32? {
        guard index + 4 <= bytes.endIndex else { return nil }
        var value: UInt32 = 0
        for byte in bytes[index..<(index + 4)] {
            guard let digit = byte.hexadecimalValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
