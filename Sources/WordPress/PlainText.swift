import Composer

/// Text without markup, made of a piece of HTML.
///
/// Tags go, references are decoded (once: what is escaped twice stays escaped once), and every run of white space and
/// control characters becomes one space, with none at the ends. Characters that nobody sees go.
struct PlainText {
    private var bytes: [UInt8] = []
    private var isSpacePending = false

    /// The text of `html`; empty when nothing is left.
    static func of(html: String) -> String {
        var html = html
        return html.withUTF8 { String(decoding: PlainText($0, removingTags: true).bytes, as: UTF8.self) }
    }

    /// `text` with its references decoded, white space as above, and less-than signs as they are.
    static func decodingReferences(_ text: String) -> String {
        var text = text
        return text.withUTF8 { String(decoding: PlainText($0, removingTags: false).bytes, as: UTF8.self) }
    }

    private init(_ text: Bytes, removingTags: Bool) {
        self.bytes.reserveCapacity(text.count)
        var tags = HTMLTagReader(text)
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "<"), removingTags, let tag = tags.tag(at: index) {
                if tag.separatesWords { self.isSpacePending = true }
                index = tag.end
            } else if byte == UInt8(ascii: "&"), let reference = HTMLEntity.reference(in: text, at: index) {
                self.append(reference.scalar)
                index = reference.end
            } else if byte < 0x80 {
                if byte <= 0x20 || byte == 0x7F { self.isSpacePending = true } else { self.append(byte) }
                index += 1
            } else {
                let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
                self.append(String(decoding: text[index..<index + length], as: UTF8.self).unicodeScalars.first ?? "?")
                index += length
            }
        }
    }

    private mutating func append(_ byte: UInt8) {
        if self.isSpacePending {
            self.isSpacePending = false
            if !self.bytes.isEmpty { self.bytes.append(UInt8(ascii: " ")) }
        }
        self.bytes.append(byte)
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        // Soft hyphen, zero-width space, word joiner, byte order mark.
        case 0xAD, 0x200B, 0x2060, 0xFEFF: break
        case 0...0x20, 0x7F...0xA0: self.isSpacePending = true
        case _ where scalar.properties.isWhitespace: self.isSpacePending = true
        default: for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { self.append(byte) }
        }
    }
}
