import FoundationEssentials

/// A cursor as JSON: what a feed wants to find again at its next reading.
protocol FeedCursor: Codable {
    /// To be raised whenever what is read gives other advisories: then everything is read anew.
    static var current: Int { get }
    var version: Int { get }
}

extension FeedCursor {
    /// Nil where there is none, or one of another version: all that it would save is requests.
    init?(_ text: String?) {
        guard let text, let cursor = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)),
            cursor.version == Self.current
        else { return nil }
        self = cursor
    }

    var text: String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) }
    }
}
