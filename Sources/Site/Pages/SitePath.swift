import Facts
import Wire

/// Addresses of our own pages, and what they are asked.
enum SitePath {
    static func package(_ name: String) -> String {
        "/packages/"
            + name.split(separator: "/", maxSplits: 1).map { Self.component(String($0)) }.joined(separator: "/")
    }

    /// What is new of a package, as an Atom feed.
    static func feed(of name: String) -> String { "\(self.package(name))/versions.atom" }

    /// Who owns a name.
    static func owner(_ name: String) -> String {
        "/who/" + name.split(separator: "/", maxSplits: 1).map { Self.component(String($0)) }.joined(separator: "/")
    }

    static func run(_ id: RunID) -> String { "/runs/\(id)" }

    /// The path and those parameters that say something.
    static func with(_ path: String, _ parameters: [(name: String, value: String?)]) -> String {
        let query = parameters.compactMap { name, value in
            value.flatMap { $0.isEmpty ? nil : "\(name)=\(Self.component($0))" }
        }
        return query.isEmpty ? path : path + "?" + query.joined(separator: "&")
    }

    /// Percent-encoded, so that it stands for itself in a path and in a query.
    static func component(_ text: String) -> String { Percent.encoded(text) }

    /// The text that a percent-encoded part of a path stands for; what encodes nothing stands for itself.
    static func decoded(_ text: String) -> String {
        String(decoding: Percent.decoded(Array(text.utf8)).bytes, as: UTF8.self)
    }
}

/// The parameters of a form that was sent by GET.
struct QueryParameters {
    private let query: QueryString

    init(_ query: String?) { self.query = QueryString(query) }

    /// The value without blanks around it, cut to a length that nobody needs to exceed; nil where there is none.
    subscript(name: String) -> String? {
        guard let value = self.query[name]?.prefix(200) else { return nil }
        let trimmed = value.drop(while: \.isWhitespace)
        let end = trimmed.lastIndex { !$0.isWhitespace }.map { trimmed.index(after: $0) } ?? trimmed.startIndex
        return end == trimmed.startIndex ? nil : String(trimmed[..<end])
    }

    /// A page's number: 1 where it is missing or none, and at the most `last`.
    func page(last: Int = 100_000) -> Int { self.number("page", last: last) }

    func number(_ name: String, last: Int) -> Int { min(max(1, self[name].flatMap { Int($0) } ?? 1), last) }
}
