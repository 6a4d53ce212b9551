/// The target of a request line, taken apart: path and query as sent, and decoded on demand.
struct RequestTarget: Sendable {
    /// As sent, percent-encoded.
    let rawPath: Substring
    /// As sent, without the question mark; empty when there is none.
    let rawQuery: Substring

    init(_ target: String) {
        let end = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        self.rawPath = target[..<end]
        self.rawQuery = end == target.endIndex ? "" : target[target.utf8.index(after: end)...]
    }

    /// The path with its percent signs decoded.
    var path: String { PercentCoding.decode(self.rawPath) }

    /// Names and values in the order sent, decoded; `+` is a space, as in forms.
    var query: [(name: String, value: String)] { Self.parse(query: self.rawQuery) }

    static func parse(query: Substring) -> [(name: String, value: String)] {
        query.split(separator: "&").map { pair in
            guard let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                return (PercentCoding.decode(pair, plusIsSpace: true), "")
            }
            return (
                PercentCoding.decode(pair[..<equals], plusIsSpace: true),
                PercentCoding.decode(pair[pair.utf8.index(after: equals)...], plusIsSpace: true)
            )
        }
    }
}
