import Wire

/// Why something can't be asked at an address.
package enum AddressProblem: String, Error, CustomStringConvertible {
    case notHTTP = "is no http:// or https:// address"
    case credentials = "has credentials in it"
    case host = "names no usable host and port"
    case tooLong = "is too long"

    package var description: String { self.rawValue }
}

/// An absolute http or https address, in the form in which it can be requested.
struct HTTPAddress {
    static let maxLength = 4_096

    /// Scheme, host and port, in lower case: `https://composer.example:8080`.
    let origin: String
    /// Empty, or from a slash on; without dot segments.
    let path: String
    /// Empty, or from a question mark on.
    let query: String

    var text: String { self.origin + self.path + self.query }

    /// Reads an address as curl does, through which Composer sends its requests.
    ///
    /// The fragment is left out, dot segments are resolved, bytes that no request can have are percent-encoded.
    init(_ text: String) throws(AddressProblem) {
        guard text.utf8.count <= Self.maxLength else { throw .tooLong }
        let scheme = Self.lowercased(text.utf8.prefix(8))
        guard let start = ["https://", "http://"].first(where: scheme.hasPrefix) else { throw .notHTTP }
        let rest = text.utf8.dropFirst(start.utf8.count).prefix { $0 != UInt8(ascii: "#") }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        if authority.contains(UInt8(ascii: "@")) { throw .credentials }
        guard let place = Authority(authority), (1...65_535).contains(place.port ?? 1) else { throw .host }
        self.origin = start + Self.lowercased(authority)
        let tail = rest.dropFirst(authority.count)
        let path = tail.prefix { $0 != UInt8(ascii: "?") }
        self.path = Self.withoutDotSegments(Self.encoded(path))
        self.query = Self.encoded(tail.dropFirst(path.count))
    }

    private static func lowercased(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.map { $0 &- UInt8(ascii: "A") < 26 ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// Percent signs stay: they are escapes already, or those of `%package%`.
    private static func encoded(_ bytes: some Sequence<UInt8>) -> String {
        var encoded: [UInt8] = []
        for byte in bytes {
            if byte <= 0x20 || byte >= 0x7F || #""<>\^`{|}"#.utf8.contains(byte) {
                encoded += [UInt8(ascii: "%"), Hexadecimal.upperDigit(byte >> 4), Hexadecimal.upperDigit(byte & 15)]
            } else {
                encoded.append(byte)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// RFC 3986, 5.2.4.
    private static func withoutDotSegments(_ path: String) -> String {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.contains(where: { $0 == "." || $0 == ".." }) else { return path }
        var kept: [Substring] = []
        for (index, segment) in segments.enumerated() {
            let isLast = index == segments.count - 1
            switch segment {
            case ".": if isLast { kept.append("") }
            case "..":
                if kept.count > 1 { kept.removeLast() }
                if isLast { kept.append("") }
            default: kept.append(segment)
            }
        }
        return kept.joined(separator: "/")
    }
}
