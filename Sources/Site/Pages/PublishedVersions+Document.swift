import FoundationEssentials
import Synchronization

extension PublishedVersions {
    /// Lets one version of a document tell more than the others.
    final class First: Sendable {
        static let key = CodingUserInfoKey(rawValue: "first")

        private let isTaken = Atomic(false)

        func take() -> Bool { !self.isTaken.exchange(true, ordering: .relaxed) }
    }

    struct Content: Decodable {
        var minified: String?
        var packages: [String: Versions]
    }

    /// The versions of a package: a list, or a map by version, newest first by their times.
    struct Versions: Decodable {
        var entries: [Entry]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let list = try? container.decode([Entry].self) {
                self.entries = list
            } else {
                let map = try container.decode([String: Entry].self)
                self.entries = map.values.sorted { ($0.order, $0.version) > ($1.order, $1.version) }
            }
        }
    }

    /// What a version says; nil where it says nothing of it, and nil in it where there is none.
    struct Entry: Decodable {
        struct Source: Decodable { var reference: String? }
        struct Dist: Decodable { var url: String? }

        var version: String
        var time: String??
        var description: String??
        /// Of the first version that is read, where a decoder has a ``First``.
        var details: PublishedDetails?
        var source: Source?
        var dist: Dist?
        var require: [String: String]?

        var order: String { (self.time ?? nil) ?? "" }

        private enum CodingKeys: CodingKey { case version, time, description, source, dist, require }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            func text(_ key: CodingKeys) -> String?? {
                guard container.contains(key) else { return nil }
                let text = try? container.decode(String.self, forKey: key)
                return .some(text == "__unset" ? nil : text)
            }
            /// A section of keys; one that is none, as `__unset` and PHP's empty list are, has none of them.
            func section<Value: Decodable>(_ key: CodingKeys, _ none: Value) -> Value? {
                guard container.contains(key) else { return nil }
                return (try? container.decode(Value.self, forKey: key)) ?? none
            }
            self.version = try container.decode(String.self, forKey: .version)
            self.time = text(.time)
            self.description = text(.description)
            // The same of hundreds of versions would cost more than all else.
            if (First.key.flatMap { decoder.userInfo[$0] } as? First)?.take() == true {
                self.details = try? PublishedDetails(from: decoder)
            }
            self.source = section(.source, Source(reference: nil))
            self.dist = section(.dist, Dist(url: nil))
            self.require = section(.require, [:])
        }
    }
}
