import Composer
import FoundationEssentials

/// The slugs that `--only` names: everything else of a source is ignored.
package struct CuratedSet: Sendable, Equatable {
    /// Slugs of both directories.
    package var slugs: Set<String> = []
    /// Slugs of one directory, by its source.
    package var slugsOfSource: [SourceName: Set<String>] = [:]

    /// - Parameter text: The path of a file with one entry a line (`#` begins a comment), or entries separated by
    ///   commas. An entry is a slug, `plugin:SLUG` or `theme:SLUG`.
    /// - Throws: ``InvalidSettings`` naming what is wrong.
    package init(_ text: String) throws {
        var entries = text.split(separator: ",", omittingEmptySubsequences: true).map(String.init)
        if text.contains("/") || FileManager.default.fileExists(atPath: text) {
            guard let content = try? String(contentsOf: URL(fileURLWithPath: text), encoding: .utf8) else {
                throw InvalidSettings(problems: ["--only names the file '\(text)', which can't be read"])
            }
            entries = content.split(whereSeparator: \.isNewline).map { line in
                String(line.prefix { $0 != "#" })
            }
        }
        var problems: [String] = []
        for entry in entries.map({ $0.filter { !$0.isWhitespace } }) where !entry.isEmpty {
            let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let slug = parts.last ?? ""
            guard !slug.isEmpty, slug.utf8.allSatisfy(Self.isSlugByte) else {
                problems.append("--only names '\(entry)'; it takes SLUG, plugin:SLUG or theme:SLUG")
                continue
            }
            switch parts.count == 2 ? parts[0] : "" {
            case "": self.slugs.insert(slug)
            case "plugin": self.slugsOfSource[.plugins, default: []].insert(slug)
            case "theme": self.slugsOfSource[.themes, default: []].insert(slug)
            default: problems.append("--only names '\(entry)'; it takes SLUG, plugin:SLUG or theme:SLUG")
            }
        }
        if problems.isEmpty, self.slugs.isEmpty, self.slugsOfSource.isEmpty {
            problems.append("--only names no slug; leave it out to track everything")
        }
        if !problems.isEmpty { throw InvalidSettings(problems: problems) }
    }

    package func contains(_ slug: String, of source: SourceName) -> Bool {
        self.slugs.contains(slug) || self.slugsOfSource[source]?.contains(slug) == true
    }

    /// Names the slugs of one source.
    package func digest(of source: SourceName) -> String {
        let slugs = self.slugs.union(self.slugsOfSource[source] ?? []).sorted()
        return ContentHash(of: Array(slugs.joined(separator: "\n").utf8)).hexadecimal
    }

    private static func isSlugByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
