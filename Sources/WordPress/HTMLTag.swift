import Composer

/// A tag or comment in a piece of HTML.
struct HTMLTag {
    /// The index behind the tag; for `script` and `style`, behind their content.
    var end: Int
    /// Whether text before and text after the tag are different words.
    var separatesWords: Bool

    /// The value of an attribute of the tag that begins at `start`, as it is written, without its quotes.
    func attribute(_ wanted: StaticString, in text: Bytes, at start: Int) -> String? {
        let isName: (UInt8) -> Bool = { !$0.isSpace && !"=>\"'/".utf8.contains($0) }
        var index = text.end(of: isName, from: start + 1)
        while index < self.end {
            index = text.end(of: { $0.isSpace || $0 == UInt8(ascii: "/") }, from: index)
            let name = text.sub(index..<text.end(of: isName, from: index))
            guard !name.isEmpty else { return nil }
            index = text.end(of: \.isSpace, from: index + name.count)
            guard index < self.end, text[index] == UInt8(ascii: "=") else { continue }
            index = text.end(of: \.isSpace, from: index + 1)
            guard index < self.end else { return nil }
            let quote = text[index]
            let isQuoted = quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
            let valueStart = isQuoted ? index + 1 : index
            let valueEnd = min(
                self.end,
                text.end(of: { isQuoted ? $0 != quote : !$0.isSpace && $0 != UInt8(ascii: ">") }, from: valueStart)
            )
            if name.hasPrefix(wanted, at: 0), name.count == wanted.utf8CodeUnitCount {
                return String(decoding: text[valueStart..<valueEnd], as: UTF8.self)
            }
            index = isQuoted ? valueEnd + 1 : valueEnd
        }
        return nil
    }
}
