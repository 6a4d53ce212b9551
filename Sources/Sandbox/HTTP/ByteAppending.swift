/// Appending to a byte array, as all answers are written.
extension [UInt8] {
    mutating func append(_ text: some StringProtocol) { self.append(contentsOf: text.utf8) }

    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { self.append(contentsOf: $0) }
    }

    mutating func append(_ number: Int) {
        if number >= 0, number < 10 {
            self.append(UInt8(ascii: "0") + UInt8(number))
        } else {
            self.append(contentsOf: String(number).utf8)
        }
    }

    /// Text between XML tags or in an attribute, as Apache escapes it.
    mutating func appendXML(_ text: some Sequence<UInt8>, quotesToo: Bool = false) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "&"): self.append("&amp;" as StaticString)
            case UInt8(ascii: "<"): self.append("&lt;" as StaticString)
            case UInt8(ascii: ">"): self.append("&gt;" as StaticString)
            case UInt8(ascii: "\"") where quotesToo: self.append("&quot;" as StaticString)
            default: self.append(byte)
            }
        }
    }
}
