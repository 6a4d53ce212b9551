import Foundation

/// A plugin or theme of the whole directory of one day, with the names of its versions in the API's order.
package struct RecordedPackage: Decodable, Sendable {
    package var slug: String
    package var name: String
    package var version: String
    /// Of plugins.
    package var stableTag: String?
    package var requiresPHP: String?
    package var tags: [String]

    /// Read once for all tests.
    package static let plugins = Result { try Self.read("wporg-plugins-all-2024-10-24.ndjson.gz") }
    package static let themes = Result { try Self.read("wporg-themes-all-2024-10-24.ndjson.gz") }

    private static func read(_ path: String) throws -> [Self] {
        try TestData.recorded.lines(gzipped: path).map { try JSONDecoder().decode(Self.self, from: $0) }
    }

    private enum Key: String, CodingKey {
        case slug, name, version, versions
        case stableTag = "stable_tag"
        case requiresPHP = "requires_php"
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.slug = try values.decode(String.self, forKey: .slug)
        self.name = try values.decode(String.self, forKey: .name)
        self.version = try values.decode(StringOrFalse.self, forKey: .version).string ?? ""
        self.stableTag = try values.decodeIfPresent(String.self, forKey: .stableTag)
        self.requiresPHP = try values.decode(StringOrFalse.self, forKey: .requiresPHP).string
        if let tags = try? values.decode([String].self, forKey: .versions) {
            self.tags = tags
        } else {
            self.tags = Array(try values.decode([String: String?].self, forKey: .versions).keys)
        }
    }
}

/// What the API sends for many fields: a text, or `false` for none.
package struct StringOrFalse: Decodable, Sendable {
    package var string: String?

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let string = try? container.decode(String.self) {
            self.string = string
        } else if let number = try? container.decode(Int.self) {
            self.string = String(number)
        } else {
            self.string = nil
        }
    }
}
