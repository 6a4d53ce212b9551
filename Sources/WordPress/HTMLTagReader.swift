import Composer
import Wire

/// Finds the tags of a piece of HTML, asked for from left to right, in time that grows with its length only.
struct HTMLTagReader {
    private let text: Bytes
    /// The first greater-than sign that was not passed yet.
    private var nextClose = 0
    private var hasCommentEnd = true

    init(_ text: Bytes) { self.text = text }

    /// The tag that begins at `start`, a less-than sign; nil where that is just a character.
    ///
    /// `start` must not be less than in the call before.
    mutating func tag(at start: Int) -> HTMLTag? {
        guard start + 1 < self.text.count else { return nil }
        let first = self.text[start + 1]
        let isMarkup = first == UInt8(ascii: "/") || first == UInt8(ascii: "!") || first == UInt8(ascii: "?")
        guard isMarkup || first.isAlphanumeric && !first.isDigit else { return nil }

        if self.hasCommentEnd, self.text.hasPrefix("!--", at: start + 1) {
            if let end = self.end(of: "-->", from: start + 4) { return HTMLTag(end: end, separatesWords: false) }
            self.hasCommentEnd = false
        }
        guard let end = self.close(from: start + 1) else { return nil }
        let nameStart = start + (first == UInt8(ascii: "/") ? 2 : 1)
        let name = self.text.sub(nameStart..<self.text.end(of: \.isAlphanumeric, from: nameStart))
        var tag = HTMLTag(end: end, separatesWords: !Self.inlineNames.contains { name.equalsIgnoringCase($0) })
        for (raw, closing) in [("script", "</script"), ("style", "</style")] as [(StaticString, StaticString)]
        where first != UInt8(ascii: "/") && name.equalsIgnoringCase(raw) {
            tag.end = self.end(of: closing, from: end).map { self.close(from: $0) ?? $0 } ?? self.text.count
        }
        return tag
    }

    private static let inlineNames: [StaticString] = [
        "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark",
        "q", "s",
        "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
    ]

    /// The index behind the greater-than sign that ends a tag; one within quotes does not.
    private mutating func close(from start: Int) -> Int? {
        // A less-than sign with nothing to close it for so long is not a tag.
        let longest = 4096
        self.nextClose = self.text.end(of: { $0 != UInt8(ascii: ">") }, from: max(start, self.nextClose))
        guard self.nextClose < min(self.text.count, start + longest) else { return nil }
        var quote: UInt8?
        for index in start..<min(self.text.count, start + longest) {
            let byte = self.text[index]
            if byte == quote {
                quote = nil
            } else if quote == nil {
                if byte == UInt8(ascii: ">") { return index + 1 }
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { quote = byte }
            }
        }
        // A quote that is never closed was none.
        return self.nextClose + 1
    }

    /// The index behind the next `literal`, given in lower case.
    private func end(of literal: StaticString, from start: Int) -> Int? {
        guard start <= self.text.count else { return nil }
        return (start..<self.text.count).first { self.text.hasPrefix(literal, at: $0) }.map {
            $0 + literal.utf8CodeUnitCount
        }
    }
}

extension Bytes {
    fileprivate func equalsIgnoringCase(_ literal: StaticString) -> Bool {
        self.count == literal.utf8CodeUnitCount && self.hasPrefix(literal, at: 0)
    }
}
