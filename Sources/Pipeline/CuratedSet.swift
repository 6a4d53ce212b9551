import Composer
package import Facts
import FoundationEssentials
package import Upstream

/// The packages that `--only` names: everything else of its sources is ignored.
package struct CuratedSet: Sendable, Equatable {
    /// Keys of all sources.
    package var keys: Set<String> = []
    /// Keys of one source.
    package var keysOfSource: [SourceName: Set<String>] = [:]
    /// The sources that it is about: of others it says nothing.
    package let sources: Set<SourceName>

    /// - Parameter text: The path of a file with one entry a line (`#` begins a comment), or entries separated by
    ///   commas. An entry is a key, or `SOURCE:KEY` with the short name of a source.
    /// - Throws: ``InvalidSettings`` naming what is wrong.
    package init(_ text: String, sources: [any UpstreamSource]) throws {
        self.sources = Set(sources.map(\.name))
        var entries = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        var problems: [String] = []
        if text.contains("/") || FileManager.default.fileExists(atPath: text) {
            guard let content = try? String(contentsOf: URL(fileURLWithPath: text), encoding: .utf8) else {
                throw InvalidSettings(problems: ["--only names the file '\(text)', which can't be read"])
            }
            entries = content.split(whereSeparator: \.isNewline).map { line in
                String(line.prefix { $0 != "#" })
            }
        } else if entries.contains(where: \.trimmed.isEmpty) {
            problems.append("--only has an empty entry; it takes entries separated by single commas")
        }
        for entry in entries.map({ String($0.trimmed) }) where !entry.isEmpty {
            if entry.contains(where: \.isWhitespace) {
                problems.append(
                    "--only names '\(entry)', which has a space in it; entries stand on lines of their own in a file, or are "
                        + "separated by commas"
                )
                continue
            }
            let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let named = parts.count == 2 ? sources.filter { $0.shortName == parts[0] } : sources
            let key = parts.last ?? ""
            guard named.contains(where: { $0.isKey(key) }) else {
                let forms = ["KEY"] + sources.map { "\($0.shortName):KEY" }
                problems.append("--only names '\(entry)'; it takes \(forms.joined(separator: " or "))")
                continue
            }
            if parts.count == 1 {
                self.keys.insert(key)
            } else {
                for source in named { self.keysOfSource[source.name, default: []].insert(key) }
            }
        }
        if problems.isEmpty, self.keys.isEmpty, self.keysOfSource.isEmpty {
            problems.append("--only names no package; leave it out to track everything")
        }
        if !problems.isEmpty { throw InvalidSettings(problems: problems) }
    }

    package func contains(_ key: String, of source: SourceName) -> Bool {
        self.keys.contains(key) || self.keysOfSource[source]?.contains(key) == true
    }

    /// Names the keys of one source.
    package func digest(of source: SourceName) -> String {
        let keys = self.keys.union(self.keysOfSource[source] ?? []).sorted()
        return ContentHash(of: Array(keys.joined(separator: "\n").utf8)).hexadecimal
    }
}
