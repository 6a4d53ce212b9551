/// Appends JSON to a byte array; the caller sees to its structure.
///
/// Strings are spelled as by PHP's `json_encode` with `JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE`, the form of
/// Packagist's documents: only `"`, `\`, control characters and U+2028 and U+2029 are escaped.
package struct JSONWriter: Sendable {
    // What hot loops of other modules call is inlined there.
    @usableFromInline var written: [UInt8] = []

    package init(reservingCapacity capacity: Int = 0) { self.written.reserveCapacity(capacity) }

    /// What was written.
    @inlinable package var bytes: [UInt8] { self.written }

    /// Appends JSON text as it is.
    @inlinable
    package mutating func append(raw: StaticString) {
        raw.withUTF8Buffer { self.written.append(contentsOf: $0) }
    }

    // Not one generic function: across modules those of a package are not specialised.
    /// Appends JSON text as it is.
    package mutating func append(raw: [UInt8]) { self.written.append(contentsOf: raw) }

    /// Appends JSON text as it is.
    package mutating func append(raw: UnsafeBufferPointer<UInt8>) { self.written.append(contentsOf: raw) }

    /// Appends `%XX`, upper case, as a part of a string.
    package mutating func append(percentEncoding byte: UInt8) {
        self.written.append(UInt8(ascii: "%"))
        self.written.append(Hexadecimal.upperDigit(byte >> 4))
        self.written.append(Hexadecimal.upperDigit(byte & 15))
    }

    package mutating func append(_ number: Int64) { self.written.append(contentsOf: String(number).utf8) }

    /// Appends a quoted string.
    package mutating func append(_ string: String) {
        self.written.append(UInt8(ascii: "\""))
        self.append(escaped: string)
        self.written.append(UInt8(ascii: "\""))
    }

    /// Appends a string without its quotes, to be put together from parts.
    package mutating func append(escaped string: String) {
        var string = string
        string.withUTF8 { text in
            var copied = 0
            var index = 0
            while true {
                index = Self.verbatimEnd(text, from: index)
                guard index < text.count else { break }
                let byte = text[index]
                // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
                let isLineSeparator =
                    byte == 0xE2 && index + 2 < text.count && text[index + 1] == 0x80 && text[index + 2] & 0xFE == 0xA8
                guard byte != 0xE2 || isLineSeparator else {
                    index += 1
                    continue
                }
                self.written.append(contentsOf: text[copied..<index])
                if isLineSeparator {
                    self.append(raw: text[index + 2] == 0xA8 ? "\\u2028" : "\\u2029")
                    index += 3
                } else {
                    self.append(escape: byte)
                    index += 1
                }
                copied = index
            }
            self.written.append(contentsOf: text[copied...])
        }
    }

    /// The first byte at or after `start` that is escaped, or begins a character that may be; eight bytes at a time.
    private static func verbatimEnd(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let raw = UnsafeRawBufferPointer(text)
        var index = start
        while index &+ 8 <= text.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let (quote, backslash, separator) = (word ^ (ones &* 0x22), word ^ (ones &* 0x5C), word ^ (ones &* 0xE2))
            let found =
                ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (separator &- ones) & ~separator
                    | (word &- ones &* 0x20) & ~word) & highs
            if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0xE2 || byte < 0x20 { break }
            index &+= 1
        }
        return index
    }

    private mutating func append(escape byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): self.append(raw: "\\\"")
        case UInt8(ascii: "\\"): self.append(raw: "\\\\")
        case 8: self.append(raw: "\\b")
        case 9: self.append(raw: "\\t")
        case 10: self.append(raw: "\\n")
        case 12: self.append(raw: "\\f")
        case 13: self.append(raw: "\\r")
        default:
            self.append(raw: byte < 16 ? "\\u000" : "\\u001")
            self.written.append(Hexadecimal.lowerDigit(byte & 15))
        }
    }
}
