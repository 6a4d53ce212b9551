/// One tag of an XML document, as places in the bytes that it was read from.
package struct XMLTag {
    package enum Kind { case opening, closing, empty }

    package var kind: Kind
    /// The name without prefix.
    package var name: Range<Int>
    /// After the `>`.
    package var end: Int
    /// Where its attributes are, all of them well-formed.
    private var attributes = 0..<0

    package enum Result {
        case tag(XMLTag)
        /// The bytes end before the tag does.
        case incomplete
        case malformed
    }

    /// Reads the tag whose `<` is at `start`.
    ///
    /// Attributes may come in any order, in either kind of quotes.
    package static func read(_ bytes: Span<UInt8>, at start: Int) -> Result {
        var index = start + 1
        guard index < bytes.count else { return .incomplete }
        let isClosing = bytes[index] == UInt8(ascii: "/")
        if isClosing { index += 1 }
        guard let name = Self.name(bytes, from: index) else { return .incomplete }
        guard !name.isEmpty else { return .malformed }
        index = name.upperBound
        var tag = XMLTag(kind: isClosing ? .closing : .opening, name: Self.local(bytes, name), end: 0)
        while true {
            tag.attributes = name.upperBound..<index
            index = Self.skipSpace(bytes, from: index)
            guard index < bytes.count else { return .incomplete }
            switch bytes[index] {
            case UInt8(ascii: ">"):
                tag.end = index + 1
                return .tag(tag)
            case UInt8(ascii: "/"):
                guard index + 1 < bytes.count else { return .incomplete }
                guard bytes[index + 1] == UInt8(ascii: ">"), !isClosing else { return .malformed }
                tag.kind = .empty
                tag.end = index + 2
                return .tag(tag)
            default:
                guard !isClosing else { return .malformed }
                switch Self.attribute(bytes, at: index) {
                case .incomplete: return .incomplete
                case .malformed: return .malformed
                case .attribute(_, let value): index = value.upperBound + 1
                }
            }
        }
    }

    /// The value of an attribute, without quotes and as it is written, in the bytes that the tag was read from.
    package func value(of wanted: StaticString, in bytes: Span<UInt8>) -> Range<Int>? {
        var index = Self.skipSpace(bytes, from: self.attributes.lowerBound)
        while index < self.attributes.upperBound,
            case .attribute(let name, let value) = Self.attribute(bytes, at: index)
        {
            if bytes.holds(wanted, at: name) { return value }
            index = Self.skipSpace(bytes, from: value.upperBound + 1)
        }
        return nil
    }

    private enum Attribute {
        case attribute(name: Range<Int>, value: Range<Int>)
        case incomplete
        case malformed
    }

    private static func attribute(_ bytes: Span<UInt8>, at start: Int) -> Attribute {
        guard let name = Self.name(bytes, from: start) else { return .incomplete }
        guard !name.isEmpty else { return .malformed }
        var index = Self.skipSpace(bytes, from: name.upperBound)
        guard index < bytes.count else { return .incomplete }
        guard bytes[index] == UInt8(ascii: "=") else { return .malformed }
        index = Self.skipSpace(bytes, from: index + 1)
        guard index < bytes.count else { return .incomplete }
        let quote = bytes[index]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return .malformed }
        guard let end = bytes.firstIndex(of: quote, from: index + 1) else { return .incomplete }
        return .attribute(name: name, value: (index + 1)..<end)
    }

    /// The name that begins at `start`, empty when none does; nil when it may go on after the bytes.
    private static func name(_ bytes: Span<UInt8>, from start: Int) -> Range<Int>? {
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: ">"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: "\""),
                UInt8(ascii: "'"), 0x20, 0x0a, 0x0d, 0x09:
                return start..<index
            default:
                index &+= 1
            }
        }
        return nil
    }

    private static func local(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Range<Int> {
        var index = name.lowerBound
        while index < name.upperBound {
            if bytes[index] == UInt8(ascii: ":") { return (index + 1)..<name.upperBound }
            index &+= 1
        }
        return name
    }

    private static func skipSpace(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count, bytes[index].isMarkupSpace { index &+= 1 }
        return index
    }
}
