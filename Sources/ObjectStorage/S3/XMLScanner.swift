/// Reads tags and texts of the small XML documents that S3 servers answer with.
///
/// Not a validating parser: attributes, comments, declarations and processing instructions are passed over, entities
/// are the five of XML and numeric ones. Anything may be fed to it; what is no XML ends the scan.
struct XMLScanner {
    enum Token: Equatable {
        case open(String)
        case close(String)
        /// Between two tags, entities resolved; never empty.
        case text(String)
    }

    private let bytes: [UInt8]
    private var position = 0
    /// The end of `<name/>`, which counts as an opening and a closing tag.
    private var pendingClose: String?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next token, nil at the end of the text or where a tag is cut off.
    mutating func next() -> Token? {
        if let name = self.pendingClose {
            self.pendingClose = nil
            return .close(name)
        }
        while self.position < self.bytes.count {
            guard self.bytes[self.position] == UInt8(ascii: "<") else { return self.text() }
            if let token = self.tag() { return token }
        }
        return nil
    }

    private mutating func text() -> Token {
        let end = self.bytes[self.position...].firstIndex(of: UInt8(ascii: "<")) ?? self.bytes.count
        defer { self.position = end }
        return .text(Self.resolved(self.bytes[self.position..<end]))
    }

    /// Reads one tag; nil when it is of a kind that is passed over, or cut off.
    private mutating func tag() -> Token? {
        let rest = self.bytes[(self.position + 1)...]
        guard !rest.starts(with: "!--".utf8) else {
            self.skip(past: Array("-->".utf8))
            return nil
        }
        guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else {
            self.position = self.bytes.count
            return nil
        }
        self.position = end + 1
        let inside = rest[..<end]
        switch inside.first {
        case UInt8(ascii: "/"):
            return .close(Self.name(inside.dropFirst()))
        case UInt8(ascii: "!"), UInt8(ascii: "?"):
            return nil
        default:
            let name = Self.name(inside)
            if inside.last == UInt8(ascii: "/") { self.pendingClose = name }
            return .open(name)
        }
    }

    private mutating func skip(past end: [UInt8]) {
        while self.position < self.bytes.count, !self.bytes[self.position...].starts(with: end) { self.position += 1 }
        self.position = min(self.bytes.count, self.position + end.count)
    }

    private static func name(_ tag: ArraySlice<UInt8>) -> String {
        String(decoding: tag.prefix { $0 > 0x20 && $0 != UInt8(ascii: "/") }, as: UTF8.self)
    }

    private static func resolved(_ text: ArraySlice<UInt8>) -> String {
        guard text.contains(UInt8(ascii: "&")) else { return String(decoding: text, as: UTF8.self) }
        var result = ""
        var rest = text
        while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
            result += String(decoding: rest[..<start], as: UTF8.self)
            rest = rest[(start + 1)...]
            guard let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")),
                let character = Self.character(entity: String(decoding: rest[..<end], as: UTF8.self))
            else {
                result += "&"
                continue
            }
            result.unicodeScalars.append(character)
            rest = rest[(end + 1)...]
        }
        return result + String(decoding: rest, as: UTF8.self)
    }

    private static func character(entity: String) -> Unicode.Scalar? {
        switch entity {
        case "amp": "&"
        case "lt": "<"
        case "gt": ">"
        case "quot": "\""
        case "apos": "'"
        case _ where entity.hasPrefix("#x"): UInt32(entity.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init)
        case _ where entity.hasPrefix("#"): UInt32(entity.dropFirst()).flatMap(Unicode.Scalar.init)
        default: nil
        }
    }
}
