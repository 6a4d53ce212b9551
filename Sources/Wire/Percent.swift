/// Percent-encoding (RFC 3986, 2.1 and 2.3).
package enum Percent {
    /// Every byte but letters, digits, `-`, `.`, `_` and `~` becomes `%XX`, with capital letters.
    ///
    /// - Parameter keepsSlash: A slash stays, as in a path.
    package static func encoded(_ text: String, keepsSlash: Bool = false) -> String {
        let keeps: (UInt8) -> Bool = { Self.isUnreserved($0) || keepsSlash && $0 == UInt8(ascii: "/") }
        // Nearly every name is plain and is passed on as it is.
        if text.utf8.allSatisfy(keeps) { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 3)
        for byte in text.utf8 {
            if keeps(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), Hexadecimal.upperDigit(byte >> 4), Hexadecimal.upperDigit(byte & 15)]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes that `text` stands for.
    ///
    /// - Parameter plusIsSpace: As forms and S3's listings write a space.
    /// - Returns: Also whether each `%` began an escape; one that did not stands for itself.
    package static func decoded(_ text: [UInt8], plusIsSpace: Bool = false)
        -> (bytes: [UInt8], isWellFormed: Bool)
    {
        guard text.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return (text, true) }
        var bytes: [UInt8] = []
        var isWellFormed = true
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "%") {
                if index + 1 < text.count, let high = text[index].hexadecimalValue,
                    let low = text[index + 1].hexadecimalValue
                {
                    bytes.append(high << 4 | low)
                    index += 2
                    continue
                }
                isWellFormed = false
            }
            bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        }
        return (bytes, isWellFormed)
    }

    @inlinable
    package static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
