package import Facts
import Resilience
package import Upstream

/// A Composer repository as a source.
package struct RepositorySource: UpstreamSource {
    package private(set) var settings: RepositorySettings
    let url: RepositoryURL
    /// Whether advisories of upstream's documents stay in them: ``asOnlySource(offering:)`` says when.
    package private(set) var keepsPolicies = false
    /// Whether what it lists is looked through as a whole where few names are fetched: others of its vendors are kept from
    /// later sources.
    package var listsAll = false
    /// What its root offers, once it was read in this process.
    let memory = RepositoryMemory()

    /// Raised whenever the same documents become others than before.
    private static let serializerVersion = 4

    /// - Throws: ``RepositoryURL/Invalid``.
    package init(_ settings: RepositorySettings) throws {
        self.settings = settings
        self.url = try RepositoryURL(settings.url)
    }

    package var name: SourceName { SourceName("composer:\(self.settings.name)") }
    package var shortName: String { self.settings.name }
    package var packageType: String { "library" }
    package var patterns: [String] { [] }
    package var naming: String { "composer" }
    package var fingerprint: String {
        let fingerprint = "\(Self.serializerVersion) \(self.keepsPolicies)"
        guard self.settings.requires else { return fingerprint }
        // What is stored is read again for what it requires, once; what is excluded is not followed.
        return fingerprint + " requires " + RepositoryPosition.sign(self.settings.exclude.words.joined(separator: "\n"))
    }
    package var changesTellAll: Bool { true }
    /// What is added to versions, and what minifying spared, comes on top of what upstream may say.
    package var documentBytes: Int { 4 * DocumentLimits.bytes }

    package var selection: KeySelection? {
        let (only, exclude) = (self.settings.only, self.settings.exclude)
        guard only != nil || exclude != NameSelection() else { return nil }
        var words = (only.map { ["only"] + $0.words } ?? []) + ["exclude"] + exclude.words
        // With another limit what was refused is looked through again.
        if let limit = self.requirementLimit { words += ["require", "\(limit)"] }
        return KeySelection(
            digest: RepositoryPosition.sign(words.joined(separator: "\n")),
            keys: only.flatMap { $0.patterns.isEmpty ? $0.names : nil }
        ) { [settings] in settings.selects($0) }
    }

    /// Where names were named, these are all, whatever upstream offers.
    package func isFinite(offering offer: SourceOffer?) -> Bool {
        self.settings.only?.patterns.isEmpty ?? false && !self.settings.requires || offer?.isFinite ?? false
    }

    /// Documents keep upstream's advisories where the root can say where the rest of them is, and of nobody else's packages.
    package func asOnlySource(offering offer: SourceOffer?) -> Self {
        var source = self
        source.keepsPolicies = offer?.policies != nil
        return source
    }

    package func reread(_ problems: inout [String]) -> Self {
        var source = self
        if let only = self.settings.only { source.settings.only = only.reread(&problems) ?? only }
        source.settings.exclude = self.settings.exclude.reread(&problems) ?? self.settings.exclude
        return source
    }

    package var requirementLimit: Int? { self.settings.requires ? self.settings.requireLimit : nil }

    package var exclusions: String {
        let exclude = self.settings.exclude
        return exclude.isEmpty ? "" : exclude.words.joined(separator: "\n")
    }

    package func givesUp(_ name: String) -> Bool { self.settings.exclude.matches(name) }

    package func isKey(_ key: String) -> Bool { PackageKey.of(key) == key }
    package func packageName(of key: String) -> String? { self.isKey(key) ? key : nil }
    package func asker(_ client: UpstreamClient) -> RepositoryAsker { self.asker(client, leastListed: nil) }
    package func asker(_ client: UpstreamClient, leastListed: Int?) -> RepositoryAsker {
        RepositoryAsker(source: self, client: client, leastListed: leastListed)
    }

    package func precedes(_ a: Position, _ b: Position) -> Bool {
        guard case .feed(let first, let url, _) = RepositoryPosition(a),
            case .feed(let second, let other, _) = RepositoryPosition(b), url == other
        else { return false }
        return first < second
    }

    package func parts(of payload: RepositoryPayload) -> [PayloadPart] { payload.parts }
    package func payload(of parts: [PayloadPart], key: String) throws -> RepositoryPayload {
        try RepositoryPayload(parts, key: key, policies: self.policies, readsRequirements: self.settings.requires)
    }

    var policies: PolicySections { self.keepsPolicies ? .kept : .cut }

    package func traits(of payload: RepositoryPayload) -> PackageTraits {
        PackageTraits(
            title: payload.package.description,
            lastUpdatedMilliseconds: payload.package.newestSeconds.map { $0 * 1_000 },
            version: payload.package.latestVersion
        )
    }

    package func derive(_ payload: RepositoryPayload, of package: KnownPackage, facts: LogFacts) -> DerivedPackage {
        var derived = payload.derived(package.key)
        let wanted = payload.requires.filter { $0 != package.key && !self.settings.exclude.matches($0) }.sorted()
        derived.requires = Array(wanted.prefix(Self.mostRequirements))
        let leftOut = wanted.count - derived.requires.count
        if leftOut > 0 { derived.counts.append((.requirementsLeftOut, leftOut)) }
        return derived
    }

    /// Names that one package can require in all of its versions: what really requires the most has some hundreds.
    private static let mostRequirements = 2_000

    package func look(
        at package: KnownPackage,
        _ answer: PackageAnswer<RepositoryPayload>,
        nowMilliseconds: Int64
    ) -> Look {
        let root = self.memory.root
        if let delay = Awaited(package, isList: root?.offer == .list).delay(answer, package) {
            return Look(isBehind: true, nextMilliseconds: delay)
        }
        if root?.tellsChanges(of: package, answer) ?? false { return Look(nextMilliseconds: nil) }
        let period = Duration.seconds(self.settings.periodSeconds ?? Self.period)
        return Look(
            nextMilliseconds: Look.place(of: package.key, inEach: period, nowMilliseconds: nowMilliseconds)
        )
    }

    /// Seconds.
    package static let period = 12 * 3_600
}

extension NameSelection {
    fileprivate var words: [String] { self.names.sorted() + [""] + self.patterns.sorted() }
}
