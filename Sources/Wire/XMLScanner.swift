/// Reads the tags and texts of a small XML document that is there as a whole.
///
/// Not a validating parser: attributes, comments, declarations and processing instructions are passed over, names lose
/// their prefix, entities are the five of XML and numeric ones. Anything may be fed to it; what is no XML ends the scan.
package struct XMLScanner {
    package enum Token: Equatable {
        case open(String)
        case close(String)
        /// Between two tags, entities resolved; never empty.
        case text(String)
    }

    private let bytes: [UInt8]
    private var position = 0
    /// The end of `<name/>`, which counts as an opening and a closing tag.
    private var pendingClose: String?

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next token, nil at the end of the text or where a tag is cut off or malformed.
    package mutating func next() -> Token? {
        if let name = self.pendingClose {
            self.pendingClose = nil
            return .close(name)
        }
        let bytes = self.bytes
        let span = bytes.span
        while self.position < span.count {
            guard span[self.position] == UInt8(ascii: "<") else { return self.text(span) }
            if span.starts(with: "<!", at: self.position) || span.starts(with: "<?", at: self.position) {
                let end: StaticString = span.starts(with: "<!--", at: self.position) ? "-->" : ">"
                self.position =
                    span.firstIndex(of: end, from: self.position).map { $0 + end.utf8CodeUnitCount } ?? span.count
                continue
            }
            guard case .tag(let tag) = XMLTag.read(span, at: self.position) else {
                self.position = span.count
                break
            }
            self.position = tag.end
            let name = String(decoding: span.copy(tag.name), as: UTF8.self)
            if tag.kind == .closing { return .close(name) }
            if tag.kind == .empty { self.pendingClose = name }
            return .open(name)
        }
        return nil
    }

    private mutating func text(_ span: Span<UInt8>) -> Token {
        let end = span.firstIndex(of: UInt8(ascii: "<"), from: self.position) ?? span.count
        var text: [UInt8] = []
        _ = MarkupEntity.appendDecoded(span, at: self.position..<end, to: &text)
        self.position = end
        return .text(String(decoding: text, as: UTF8.self))
    }
}
