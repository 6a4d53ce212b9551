import Composer

/// What the beginning of a file says in headers, read as WordPress reads them (`get_file_data` in `wp-includes/functions.php`).
///
/// A header stands at the beginning of a line, behind `<?php` and whatever a comment begins with; case makes no difference.
struct FileHeaders {
    /// As much of a file as WordPress looks at.
    static let bytes = 8_192

    private let lines: [ArraySlice<UInt8>]

    init(_ beginning: [UInt8]) {
        // Lines may end as on an old Macintosh.
        self.lines = beginning.prefix(Self.bytes).split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
    }

    /// The first value of a header without white space around it, up to the end of the comment; nil where it has none.
    ///
    /// - Parameter name: In lower case, such as `version`.
    func value(of name: String) -> String? {
        for line in self.lines {
            guard let value = Self.value(of: Array(name.utf8), in: line) else { continue }
            let text = Version.trimmed(String(decoding: Self.beforeEndOfComment(value), as: UTF8.self))
            return text.isEmpty ? nil : text
        }
        return nil
    }

    private static func value(of name: [UInt8], in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var rest = line
        let opening = rest.drop(while: Self.isBlank)
        if opening.prefix(5).lazy.map(\.lowercased).elementsEqual("<?php".utf8) { rest = opening.dropFirst(5) }
        rest = rest.drop { Self.isBlank($0) || "/*#@".utf8.contains($0) }
        guard rest.prefix(name.count).lazy.map(\.lowercased).elementsEqual(name) else { return nil }
        rest = rest.dropFirst(name.count)
        return rest.first == UInt8(ascii: ":") ? rest.dropFirst() : nil
    }

    /// What stands before `*/` or `?>`.
    private static func beforeEndOfComment(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = value.indices.dropLast().first { index in
            (value[index], value[index + 1]) == (UInt8(ascii: "*"), UInt8(ascii: "/"))
                || (value[index], value[index + 1]) == (UInt8(ascii: "?"), UInt8(ascii: ">"))
        }
        return end.map { value[..<$0] } ?? value
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
