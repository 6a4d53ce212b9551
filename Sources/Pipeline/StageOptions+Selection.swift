import Facts
package import Store
import Upstream

extension StageOptions {
    /// The packages that were named, by source.
    ///
    /// - Throws: ``InvalidSettings`` when a name belongs to no source.
    package func selection(_ settings: StageSettings) throws -> PackageSelection {
        PackageSelection(keys: try self.named(settings).flatMap(\.keys), run: self.run)
    }

    /// The packages that were named, or that the run touched that was named; nil where neither was.
    ///
    /// - Throws: ``InvalidSettings`` when a name belongs to no source, or it or the run is not in the database: what is
    ///   misspelt must not look like what had nothing to do.
    package func packageIDs(_ settings: StageSettings, in store: Store) async throws -> [Int64]? {
        let named = try self.named(settings)
        let selection = PackageSelection(keys: named.flatMap(\.keys), run: self.run)
        if selection.isEverything { return nil }
        var problems: [String] = []
        if let run, try await store.run(run) == nil {
            problems.append("--run \(run) is no run that is known; packline status shows the last ones")
        }
        let (ids, unknown) = try await store.packageIDs(selection)
        // A bare key is looked for in every source, and is unknown only when none has it.
        for (name, keys) in named where keys.allSatisfy({ key in unknown.contains { $0 == key } }) {
            problems.append("--package '\(name)' is not in the database; run discover first, or check the spelling")
        }
        if !problems.isEmpty { throw InvalidSettings(problems: problems) }
        return ids
    }

    private typealias Named = (name: String, keys: [(source: SourceName, key: String)])

    private func named(_ settings: StageSettings) throws -> [Named] {
        var problems: [String] = []
        var seen: Set<String> = []
        let named: [Named] = self.packages.map { String($0.trimmed) }.filter { seen.insert($0).inserted }.map { name in
            let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let keys = settings.sources.compactMap { source in
                Self.key(of: name, parts, source).map { (source: source.name, key: $0) }
            }
            if keys.isEmpty {
                let vendors = settings.patterns.map { $0.pattern.replacing("*", with: "NAME") }
                problems.append(
                    "--package '\(name)' belongs to no source; it takes a name such as "
                        + "\(vendors.first ?? "acme/site-kit"), or the part behind the slash"
                )
            }
            return (name, keys)
        }
        if !problems.isEmpty { throw InvalidSettings(problems: problems) }
        return named
    }

    /// What a source calls the package of a name: the part behind the slash, or the whole name; nil where it can have none.
    private static func key(of name: String, _ parts: [String], _ source: some UpstreamSource) -> String? {
        let key = parts[parts.count - 1]
        if key.isEmpty { return nil }
        if parts.count > 1 { return [key, name].first { source.packageName(of: $0) == name } }
        // Where each name is a key of its own, a part of one is none.
        return source.patterns.isEmpty && source.packageName(of: key) == nil ? nil : key
    }
}
