/// The entities of XML: the five that are predefined, and numbers.
///
/// Any other is never expanded.
package enum MarkupEntity {
    /// The longest entity that is read, `&#x0010FFFF;` and some zeros.
    private static let longest = 16

    /// Where what is whole ends: before an entity that may go on after the bytes.
    package static func endOfWhole(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = bytes.count
        while index > max(start, bytes.count - Self.longest) {
            index -= 1
            if bytes[index] == UInt8(ascii: ";") { break }
            if bytes[index] == UInt8(ascii: "&") { return index }
        }
        return bytes.count
    }

    /// Appends `bytes` with the entities replaced.
    ///
    /// - Returns: false when one of them is unknown, or an ampersand begins none; it is left as it stands.
    package static func appendDecoded(_ bytes: Span<UInt8>, at range: Range<Int>, to result: inout [UInt8]) -> Bool {
        var index = range.lowerBound
        var areAllKnown = true
        while index < range.upperBound {
            let rest = bytes.extracting(index..<range.upperBound)
            guard let ampersand = rest.firstIndex(of: UInt8(ascii: "&"), from: 0) else {
                rest.withUnsafeBufferPointer { result.append(contentsOf: $0) }
                return areAllKnown
            }
            rest.extracting(0..<ampersand).withUnsafeBufferPointer { result.append(contentsOf: $0) }
            // No further than an entity may reach: what has many ampersands would be searched as often.
            let reach = rest.extracting(0..<min(rest.count, ampersand + Self.longest + 1))
            guard let semicolon = reach.firstIndex(of: UInt8(ascii: ";"), from: ampersand + 1),
                let scalar = Self.scalar(rest.copy(ampersand + 1..<semicolon))
            else {
                areAllKnown = false
                result.append(UInt8(ascii: "&"))
                index += ampersand + 1
                continue
            }
            result.append(contentsOf: String(Character(scalar)).utf8)
            index += semicolon + 1
        }
        return areAllKnown
    }

    /// What stands for `name`, written without `&` and `;`.
    private static func scalar(_ name: [UInt8]) -> Unicode.Scalar? {
        switch String(decoding: name, as: UTF8.self) {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "quot": return "\""
        case "apos": return "'"
        case let number where number.hasPrefix("#x"): return Self.scalar(number.dropFirst(2), radix: 16)
        case let number where number.hasPrefix("#"): return Self.scalar(number.dropFirst(1), radix: 10)
        default: return nil
        }
    }

    private static func scalar(_ digits: Substring, radix: Int) -> Unicode.Scalar? {
        guard digits.first != "+", digits.first != "-" else { return nil }
        return UInt32(digits, radix: radix).flatMap(Unicode.Scalar.init)
    }
}
