import Foundation
import TestSupport

@testable import Composer
@testable import WordPress

/// A directory like WordPress.org's in all that a document depends upon, and the same in every run: how many tags there
/// are, how odd their names are, how often the header, the stable tag and the tags disagree.
enum MadeDirectory {
    static let plugins = Result { try Self.make(.plugin, count: 1_500) }
    static let themes = Result { try Self.make(.theme, count: 400) }

    private static let slugs = ["-dash", "_under", "a---b", "a--b", "a-b", "a__b", "123", "a_-b", "de_de", "x"]
    private static let titles = [
        "Plain", "He said &#8220;so&#8221; &amp; went", "\u{DC}ber \u{E9}t\u{E9}", "e\u{301}te\u{301}", "\"\\/\u{2028}",
        "\u{202E}backwards", "\u{1F469}\u{200D}\u{1F4BB}", "", "tab\tand\nline", "<b>bold</b>",
    ]
    private static let platforms = ["7.4", "8", "5.6.20", "7.4 or later", ">=7.0", "7.x", ""]

    private static func make(_ type: PackageType, count: Int) throws -> [Payload] {
        var random = SplitMix(seed: type == .plugin ? 1 : 2)
        let odd = try TestData.made.strings("version-strings.tsv")
        return (0..<count).map { index in
            let slug = index < Self.slugs.count ? Self.slugs[index] : "package-\(index)"
            var tags = Self.tags(of: type, from: odd, using: &random)
            let newest = tags.last ?? "1.0"
            // What is live is the newest tag, an older one, or one that is not there.
            let live = [newest, newest, tags.first ?? "0.1", "9.9.9"].randomElement(using: &random) ?? newest
            let stable = Int.random(in: 0..<100, using: &random) < 45 ? "trunk" : live
            if type == .plugin, stable != "trunk", !tags.isEmpty { tags.append("trunk") }
            let base = "https://downloads.wordpress.org/\(type == .plugin ? "plugin" : "theme")/\(slug)"
            return Payload(
                type: type,
                slug: slug,
                title: Self.titles[index % Self.titles.count],
                shortDescription: Self.titles[(index / 10) % Self.titles.count],
                version: index % 7 == 0 ? "2.\(index)" : live,
                stableTag: type == .plugin ? stable : nil,
                requiresPHP: index % 2 == 0 ? nil : Self.platforms[index / 2 % Self.platforms.count],
                author: type == .plugin ? "<a href=\"https://example.org/\">Someone &amp; Co</a>" : "Someone",
                versions: tags.map { VersionLink(tag: $0, url: $0 == "trunk" ? "\(base).zip" : "\(base).\($0).zip") }
            )
        }
    }

    /// None in a third of the plugins, some in most, many in a few; in order, with odd ones among them.
    private static func tags(of type: PackageType, from odd: [String], using random: inout SplitMix) -> [String] {
        if type == .plugin, Int.random(in: 0..<100, using: &random) < 29 { return [] }
        let many = Int.random(in: 0..<100, using: &random) == 0
        var version = [Int.random(in: 0...3, using: &random), 0, 0]
        var tags: [String] = []
        for _ in 0..<Int.random(in: 1...(many ? 300 : 20), using: &random) {
            if Int.random(in: 0..<20, using: &random) == 0, let name = odd.randomElement(using: &random) {
                tags.append(name)
                continue
            }
            let place = Int.random(in: 0..<3, using: &random)
            version[place] += 1
            for lower in (place + 1)..<3 { version[lower] = 0 }
            tags.append(version.prefix(Int.random(in: 2...3, using: &random)).map(String.init).joined(separator: "."))
        }
        return tags
    }
}
