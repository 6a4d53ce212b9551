import Composer
import Facts
import Store
import Upstream

/// What a root is made of but for what is live: the sources in their order, what they were found to offer, and settings.
struct RootContents: Sendable {
    /// All sources.
    let sources: [SourceName]
    /// What the names of packages match, by source.
    private let patterns: [(source: SourceName, pattern: String)]
    /// Sources without patterns: their packages are named.
    let unnamed: [SourceName]
    /// Whether all names are known that any of the sources has: then Composer is told which there are.
    let isFinite: Bool
    private var policies: RootPolicies?
    /// What documents say by lists of `filter`, of all sources.
    private let filter: FilterLists?
    /// Whether it is followed by another of the same settings.
    private var isPreliminary = false
    private let settings: StageSettings

    init(_ settings: StageSettings, _ offers: [SourceName: SourceOffer], filterLists: [String] = []) {
        self.settings = settings
        self.sources = settings.sources.map(\.name)
        self.patterns = settings.patterns
        self.unnamed = settings.sources.filter(\.patterns.isEmpty).map(\.name)
        self.isFinite = settings.sources.allSatisfy { $0.isFinite(offering: offers[$0.name]) }
        // Beside others what one of them says of advisories would be no more than a part, and names that only others know
        // would be told to it.
        self.policies =
            switch settings.advisories.mode {
            case .upstream: settings.onlySource.flatMap { offers[$0.name]?.policies }
            case .off, .separate: nil
            case .inline: RootPolicies(advisoriesURL: settings.advisoriesURL)
            }
        // Ours, and nobody else's: it tells of what documents say here, and nobody hears which packages somebody has.
        self.filter =
            filterLists.isEmpty
            ? nil
            : FilterLists(
                names: filterLists,
                summaryURL: RootDocument.address(of: FilterSummary.path, repositoryURL: settings.repositoryURL)
            )
    }

    /// The same where nothing is said of advisories yet.
    var withoutPolicies: Self {
        var contents = self
        (contents.policies, contents.isPreliminary) = (nil, true)
        return contents
    }

    /// Names all that shapes the root but for what is live.
    var fingerprint: ContentHash { self.fingerprint(of: self.bytes) }

    /// The same for ``advisoriesBytes(_:)``.
    var advisoriesFingerprint: ContentHash { self.fingerprint(of: self.advisoriesBytes) }

    private func fingerprint(of bytes: (LivePackages) -> [UInt8]) -> ContentHash {
        let bytes = bytes(LivePackages(sources: Set(self.sources), names: .packages([])))
        let words = self.unnamed.map(\.rawValue) + (self.isPreliminary ? ["preliminary"] : [])
        return words.isEmpty
            ? ContentHash(of: bytes) : ContentHash(of: bytes + Array("\n\(words.joined(separator: " "))".utf8))
    }

    func bytes(_ live: LivePackages) -> [UInt8] {
        var (names, patterns) = self.names(live)
        // Without any Composer would want an address to ask at.
        if let policies, policies.advisoriesURL == nil, names == nil, patterns == nil { patterns = Self.anything }
        return RootDocument.packagesJSON(
            names: names,
            patterns: patterns,
            policies: self.policies,
            filter: self.filter,
            mirrorsArchives: !self.settings.archives.lazy.isEmpty,
            repositoryURL: self.settings.repositoryURL,
            publicURL: self.settings.publicURL
        )
    }

    /// The root of the repository of advisories alone, which has those of the same packages.
    func advisoriesBytes(_ live: LivePackages) -> [UInt8] {
        let (names, patterns) = self.names(live)
        return RootDocument.packagesJSON(
            names: names,
            patterns: names == nil && patterns == nil ? Self.anything : patterns,
            policies: RootPolicies(advisoriesURL: self.settings.advisoriesURL),
            repositoryURL: self.settings.repositoryURL,
            publicURL: nil,
            folder: AdvisoryDocument.folder
        )
    }

    private static let anything = ["*/*"]

    /// What a root says of which packages there are; both are nil where it leaves that open.
    private func names(_ live: LivePackages) -> (names: [String]?, patterns: [String]?) {
        var patterns: [String] = []
        for source in self.patterns where live.sources.contains(source.source) && !patterns.contains(source.pattern) {
            patterns.append(source.pattern)
        }
        var (names, isToldAll): ([String]?, Bool) = (nil, self.isFinite)
        if !self.unnamed.isEmpty {
            switch live.names {
            case .packages(let packages): names = packages
            case .vendors(let vendors):
                for vendor in vendors where !patterns.contains("\(vendor)/*") { patterns.append("\(vendor)/*") }
            case .countless: isToldAll = false
            }
        }
        // Patterns beside names, where there is something to add.
        return (isToldAll ? names : nil, !isToldAll || (names != nil && patterns.isEmpty) ? nil : patterns)
    }
}
