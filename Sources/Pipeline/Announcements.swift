import Composer
import Facts
import Store

/// The repository's root, which says what is live: it announces the names of a source once a document of it is.
///
/// Derived once in a run, after the documents were stamped, by whoever publishes.
struct Announcements: Sendable {
    let store: Store
    let settings: StageSettings

    private var sources: [SourceName] { self.settings.patterns.map(\.source) }

    /// Names all that shapes the root but for what is live.
    private var fingerprint: ContentHash { ContentHash(of: self.root(of: Set(self.sources))) }

    private func root(of live: Set<SourceName>) -> [UInt8] {
        var patterns: [String] = []
        for source in self.settings.patterns where live.contains(source.source) && !patterns.contains(source.pattern) {
            patterns.append(source.pattern)
        }
        return RootDocument.packagesJSON(
            patterns: patterns,
            repositoryURL: self.settings.repositoryURL,
            publicURL: self.settings.publicURL
        )
    }

    /// Whether the root says something else than what is live, as far as is known without deriving it.
    func isDue() async throws -> Bool {
        try await self.store.isRootDue(RootDocument.path, under: self.fingerprint, of: self.sources)
    }

    /// - Returns: Whether the root says something else than before.
    func derive(run: RunID) async throws -> Bool {
        try await self.store.deriveRoot(
            RootDocument.path,
            under: self.fingerprint,
            of: self.sources,
            run: run
        ) { live in self.root(of: live) }
    }
}
