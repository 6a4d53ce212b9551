import Hummingbird
import Wire

/// The query of a URL as forms write it: `+` is a space, `%XX` a byte.
struct QueryString {
    private let pairs: [(name: String, value: String)]

    init(_ query: String?) {
        self.pairs = (query ?? "").split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.decoded)
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
    }

    /// The last value of that name, as PHP has it; nil when it is missing or empty.
    subscript(name: String) -> String? {
        self.pairs.last { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    /// All values whose names are meant, in their order.
    func values(_ isMeant: (String) -> Bool) -> [String] {
        self.pairs.filter { isMeant($0.name) && !$0.value.isEmpty }.map(\.value)
    }

    func has(_ name: String) -> Bool { self.pairs.contains { $0.name == name } }

    /// What is no percent-encoding stays as it is; bytes that are no UTF-8 become U+FFFD.
    private static func decoded(_ text: Substring) -> String {
        String(decoding: Percent.decoded(Array(text.utf8), plusIsSpace: true).bytes, as: UTF8.self)
    }
}

extension Request {
    var query: QueryString { QueryString(self.uri.query) }
}
