package import Store
import Upstream

extension StageSettings {
    /// The sources in their order, as far as it matters for who owns which names.
    package var owning: [OwningSource] {
        self.sources.map { source in
            OwningSource(
                name: source.name,
                patterns: source.patterns,
                exclusions: source.exclusions,
                givesUp: { source.givesUp($0) },
                key: { name in
                    // Upstream's own name of a package is Composer's, or the part of it behind the slash.
                    let part = name.split(separator: "/", maxSplits: 1).last.map(String.init) ?? name
                    return [name, part].first { source.packageName(of: $0) == name }
                },
                packageName: { source.packageName(of: $0) }
            )
        }
    }

    /// Whether what a source lists could keep later ones from names.
    func recordsVendors(of source: some UpstreamSource) -> Bool {
        Ownership.recordsVendors(source.name, among: self.owning)
    }
}

extension Ownership {
    /// How the packages of a source are called, but for names that an earlier source owns.
    func rule(of source: some UpstreamSource) -> Store.NameRule {
        self.rule(of: source.name, own: source.naming) { source.packageName(of: $0) }
    }
}
