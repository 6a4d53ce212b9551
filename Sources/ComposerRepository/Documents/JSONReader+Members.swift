import Wire

extension JSONReader {
    /// Whether a key is `name`, however it is escaped.
    func holds(_ key: JSONKey, _ name: StaticString) throws -> Bool {
        if !key.isEscaped { return self.matches(key, name) }
        return try self.text(key).utf8.elementsEqual("\(name)".utf8)
    }

    /// Whether a key is the name of a package, `name` being in lower case; and whether it is spelled so itself.
    func holds(_ key: JSONKey, package name: [UInt8]) throws -> (matches: Bool, isExact: Bool) {
        if !key.isEscaped { return Self.isName(self.bytes[key.range], name) }
        return Self.isName(Array(try self.text(key).utf8)[...], name)
    }

    /// Whether a text is the name of a package, in any case of its letters; and whether it is in lower case.
    static func isName(_ text: ArraySlice<UInt8>, _ name: [UInt8]) -> (matches: Bool, isExact: Bool) {
        guard text.count == name.count else { return (false, false) }
        var isExact = true
        for (byte, wanted) in zip(text, name) where byte != wanted {
            guard byte &- 65 < 26, byte | 32 == wanted else { return (false, false) }
            isExact = false
        }
        return (true, isExact)
    }

    /// Whether the value at `range` is a text that is the name of a package.
    static func isName(_ bytes: [UInt8], at range: Range<Int>, _ name: [UInt8]) -> Bool {
        guard bytes[range.lowerBound] == UInt8(ascii: "\"") else { return false }
        let text = bytes[(range.lowerBound + 1)..<(range.upperBound - 1)]
        if self.isName(text, name).matches { return true }
        guard text.contains(UInt8(ascii: "\\")), let plain = JSONText.unescaped(text) else { return false }
        return self.isName(Array(plain.utf8)[...], name).matches
    }

    /// Passes over a value.
    mutating func place() throws -> Place {
        let range = try self.skipValue()
        return Place(range, isNothing: self.isNull(range) || self.isUnset(range))
    }

    func isNull(_ range: Range<Int>) -> Bool { self.bytes[range.lowerBound] == UInt8(ascii: "n") }

    func isUnset(_ range: Range<Int>) -> Bool { self.bytes.span.holds("\"__unset\"", at: range) }

    /// The text of a value that PHP takes for a string or turns into one; nil for lists and objects.
    ///
    /// Numbers are written as PHP writes them (`1.10` is `1.1`), and true is `1`.
    static func scalar(_ bytes: [UInt8], at range: Range<Int>) throws -> String? {
        switch bytes[range.lowerBound] {
        case UInt8(ascii: "\""):
            var reader = JSONReader(bytes, at: range)
            return try reader.readString()
        case UInt8(ascii: "{"), UInt8(ascii: "["): return nil
        case UInt8(ascii: "t"): return "1"
        case UInt8(ascii: "f"), UInt8(ascii: "n"): return ""
        default:
            let text = String(decoding: bytes[range], as: UTF8.self)
            guard text.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 | 32 == UInt8(ascii: "e") }),
                let number = Double(text)
            else { return text }
            guard number == number.rounded(), abs(number) < 1e15 else { return "\(number)" }
            return "\(Int64(number))"
        }
    }
}
