import Foundation
import TestSupport

@testable import Composer
@testable import WordPress

/// Every plugin and theme of one day, with the names of their versions in the API's order.
enum WholeDirectory {
    static func plugins() throws -> [Payload] { try self.allPlugins.get() }

    static func themes() throws -> [Payload] { try self.allThemes.get() }

    /// Read once for all tests.
    private static let allPlugins = Result {
        try TestData.recorded.lines(gzipped: "wporg-plugins-all-2024-10-24.ndjson.gz").map { try Self.plugin($0) }
    }
    private static let allThemes = Result {
        try TestData.recorded.lines(gzipped: "wporg-themes-all-2024-10-24.ndjson.gz").map { try Self.theme($0) }
    }

    private struct Plugin: Decodable {
        var slug: String
        var name: String
        var version: String
        var stable_tag: String
        var requires_php: StringOrFalse
        var versions: [String]
    }

    private struct Theme: Decodable {
        var slug: String
        var name: String
        var version: StringOrFalse
        var requires_php: StringOrFalse
        var versions: [String: String?]
    }

    private static func plugin(_ line: Data) throws -> Payload {
        let plugin = try JSONDecoder().decode(Plugin.self, from: line)
        let base = "https://downloads.wordpress.org/plugin/\(plugin.slug)"
        return Payload(
            type: .plugin,
            slug: plugin.slug,
            title: plugin.name,
            shortDescription: plugin.name,
            version: plugin.version,
            stableTag: plugin.stable_tag,
            requiresPHP: plugin.requires_php.string,
            author: "<a href=\"https://example.org/\">Someone</a>",
            versions: plugin.versions.map {
                VersionLink(tag: $0, url: $0 == "trunk" ? "\(base).zip" : "\(base).\($0).zip")
            }
        )
    }

    private static func theme(_ line: Data) throws -> Payload {
        let theme = try JSONDecoder().decode(Theme.self, from: line)
        return Payload(
            type: .theme,
            slug: theme.slug,
            title: theme.name,
            shortDescription: theme.name,
            version: theme.version.string ?? "",
            requiresPHP: theme.requires_php.string,
            author: "Someone",
            versions: theme.versions.keys.map {
                VersionLink(tag: $0, url: "https://downloads.wordpress.org/theme/\(theme.slug).\($0).zip")
            }
        )
    }
}

/// What the API sends for many fields: a text, or `false` for none.
struct StringOrFalse: Decodable {
    var string: String?

    init(from decoder: any Decoder) throws {
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
