package import Facts
package import Store

extension CuratedSet {
    /// What it names that none of these sources has, as far as the database knows, in order.
    ///
    /// A name that is misspelt, and the path of a file that is not there, look like the name of a package.
    package func unknown(of sources: [SourceName], in store: Store) async throws -> [String] {
        var named = self.keys.map { key in (name: key, keys: sources.map { (source: $0, key: key) }) }
        for (source, keys) in self.keysOfSource {
            // Nobody asks a source for them that is not there.
            let isThere = sources.contains(source)
            named += keys.map { (name: "\($0) of \(source)", keys: isThere ? [(source: source, key: $0)] : []) }
        }
        let unknown = try await store.packageIDs(PackageSelection(keys: named.flatMap(\.keys))).unknown
        let keys = Dictionary(grouping: unknown, by: \.source).mapValues { Set($0.map(\.key)) }
        return named.filter { $0.keys.allSatisfy { keys[$0.source]?.contains($0.key) == true } }.map(\.name).sorted()
    }
}
