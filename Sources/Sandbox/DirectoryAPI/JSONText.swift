/// JSON as PHP's `json_encode` writes it by default: slashes escaped, everything beyond ASCII as `\uXXXX`.
extension [UInt8] {
    mutating func appendJSON(_ text: some StringProtocol) {
        self.append(UInt8(ascii: "\""))
        self.appendJSONContent(text)
        self.append(UInt8(ascii: "\""))
    }

    /// Without the quotes.
    mutating func appendJSONContent(_ text: some StringProtocol) {
        var isPlain = true
        for byte in text.utf8 where !Self.isPlain(byte) {
            isPlain = false
            break
        }
        if isPlain {
            self.append(contentsOf: text.utf8)
            return
        }
        for scalar in text.unicodeScalars {
            if scalar.isASCII, Self.isPlain(UInt8(scalar.value)) {
                self.append(UInt8(scalar.value))
                continue
            }
            switch scalar {
            case "\"": self.append("\\\"" as StaticString)
            case "\\": self.append("\\\\" as StaticString)
            case "/": self.append("\\/" as StaticString)
            case "\n": self.append("\\n" as StaticString)
            case "\r": self.append("\\r" as StaticString)
            case "\t": self.append("\\t" as StaticString)
            default: for unit in String(scalar).utf16 { self.appendEscape(unit) }
            }
        }
    }

    /// A member with a string value; the comma before it is the caller's.
    mutating func appendMember(_ name: StaticString, _ value: some StringProtocol) {
        self.append(UInt8(ascii: "\""))
        self.append(name)
        self.append("\":" as StaticString)
        self.appendJSON(value)
    }

    /// A member with a string value, or `false` without one, as upstream writes what is not set.
    mutating func appendMember(_ name: StaticString, orFalse value: String?) {
        self.append(UInt8(ascii: "\""))
        self.append(name)
        self.append("\":" as StaticString)
        if let value { self.appendJSON(value) } else { self.append("false" as StaticString) }
    }

    mutating func appendMember(_ name: StaticString, number: Int) {
        self.append(UInt8(ascii: "\""))
        self.append(name)
        self.append("\":" as StaticString)
        self.append(number)
    }

    private mutating func appendEscape(_ unit: UInt16) {
        self.append("\\u" as StaticString)
        for shift in [12, 8, 4, 0] as [UInt16] { self.append(PercentCoding.lower[Int(unit >> shift & 15)]) }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
            && byte != UInt8(ascii: "/")
    }
}
