import TestSupport

@testable import Composer
@testable import WordPress

/// Every plugin and theme of one day.
enum WholeDirectory {
    static func plugins() throws -> [Payload] { try RecordedPackage.plugins.get().map { self.plugin($0) } }

    static func themes() throws -> [Payload] { try RecordedPackage.themes.get().map { self.theme($0) } }

    private static func plugin(_ plugin: RecordedPackage) -> Payload {
        let base = "https://downloads.wordpress.org/plugin/\(plugin.slug)"
        return Payload(
            type: .plugin,
            slug: plugin.slug,
            title: plugin.name,
            shortDescription: plugin.name,
            version: plugin.version,
            stableTag: plugin.stableTag,
            requiresPHP: plugin.requiresPHP,
            author: "<a href=\"https://example.org/\">Someone</a>",
            versions: plugin.tags.map { VersionLink(tag: $0, url: $0 == "trunk" ? "\(base).zip" : "\(base).\($0).zip") }
        )
    }

    private static func theme(_ theme: RecordedPackage) -> Payload {
        let base = "https://downloads.wordpress.org/theme/\(theme.slug)"
        return Payload(
            type: .theme,
            slug: theme.slug,
            title: theme.name,
            shortDescription: theme.name,
            version: theme.version,
            requiresPHP: theme.requiresPHP,
            author: "Someone",
            versions: theme.tags.map { VersionLink(tag: $0, url: "\(base).\($0).zip") }
        )
    }
}
