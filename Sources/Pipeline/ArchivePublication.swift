import Composer
import Facts
import Store
import Upstream

/// What is known of the archives of a package's releases, and what becomes of its document because of it: a pure step.
struct ArchivePublication {
    let policy: ArchivePolicy
    /// The Composer name of the package.
    let name: String
    /// Those that upstream lists, and which of them are wanted.
    let listed: [ListedArchive]
    /// By normal form of their version; the last of each is the one that was fetched last.
    private let live: [String: [LiveArchive]]

    /// - Parameter refused: Bytes that archives have more of, by the hash of their identity.
    init(
        policy: ArchivePolicy,
        name: String,
        listed: [UpstreamArchive],
        live: [LiveArchive],
        refused: [ContentHash: Int64] = [:]
    ) {
        self.policy = policy
        self.name = name
        self.listed = policy.selection(of: listed, package: name, refused: refused)
        self.live = Dictionary(grouping: live, by: \.version)
    }

    /// Names all that the step reads beside the settings: equal texts mean equal documents.
    static func key(_ live: [LiveArchive], refused: [ContentHash: Int64]) -> String {
        let lines = live.map { "archive \($0.version) \($0.identity.hexadecimal) \($0.key) \($0.sha1)\n" }
        return lines.joined() + refused.map { "refused \($0.key.hexadecimal) \($0.value)\n" }.sorted().joined()
    }

    /// Puts archives of ours into the document of the releases, and takes out the versions that wait for theirs.
    ///
    /// - Returns: What became of how many versions.
    func publish(in documents: inout [DerivedDocument]) throws -> [(name: Counter, count: Int)] {
        let path = DocumentName.main(of: self.name).path
        guard let index = documents.firstIndex(where: { $0.path == path }), documents[index].hasVersions,
            !self.live.isEmpty || self.policy.untilArchived == .hold
        else { return [] }
        let scan = try DistScan(documents[index].bytes, of: self.name)
        let listed = Dictionary(self.listed.map { ($0.archive.version, $0) }, uniquingKeysWith: { first, _ in first })
        var counts = (current: 0, former: 0, held: 0)
        let decisions = scan.versions.map { version in
            let decision = self.decision(about: version, listed)
            switch decision {
            case .keep: break
            case .replace(let ours): if ours.reference == .upstreams { counts.current += 1 } else { counts.former += 1 }
            case .leaveOut: counts.held += 1
            }
            return decision
        }
        guard decisions.contains(where: { $0 != .keep }) else { return [] }
        let (bytes, versionCount) = try scan.rewritten(decisions)
        (documents[index].bytes, documents[index].part) = (bytes, nil)
        documents[index].hasVersions = versionCount > 0
        return [
            (.versionsArchived, counts.current), (.versionsOfFormerArchives, counts.former),
            (.versionsHeld, counts.held),
        ]
    }

    private func decision(about version: DistScan.Version, _ listed: [String: ListedArchive]) -> DistDecision {
        // Of two versions of one normal form only the one that is meant.
        guard let normalized = version.normalized, let dist = version.dist, let listed = listed[normalized],
            listed.archive.isMeant(by: dist)
        else { return .keep }
        let live = self.live[normalized] ?? []
        let identity = listed.archive.identityHash
        if let current = live.last(where: { $0.identity == identity }) {
            return .replace(self.own(current, .upstreams))
        }
        // What is not to be fetched would keep a version at what it was for ever.
        guard listed.isWanted else { return .keep }
        if let former = live.last { return .replace(self.own(former, .former(former.reference))) }
        return self.policy.untilArchived == .hold ? .leaveOut : .keep
    }

    private func own(_ archive: LiveArchive, _ reference: OwnArchive.Reference) -> OwnArchive {
        OwnArchive(url: "\(self.policy.url)/\(archive.key)", shasum: archive.sha1, reference: reference)
    }
}

extension UpstreamArchive {
    /// Whether it is the one that a version names; the address may be another one, for fetching.
    fileprivate func isMeant(by dist: Dist) -> Bool {
        let named = UpstreamArchive(
            version: self.version,
            type: dist.type ?? "",
            url: self.url,
            reference: dist.reference,
            shasum: dist.shasum
        )
        return named.identity == self.identity
    }
}

extension ArchivePolicy {
    /// Which of a package's archives are wanted.
    ///
    /// - Parameter refused: Those that were found to be too large, with the bytes that they have more of.
    func selection(
        of archives: [UpstreamArchive],
        package name: String,
        refused: [ContentHash: Int64] = [:]
    ) -> [ListedArchive] {
        let archives = archives.filter(\.isKeepable)
        var wanted: Set<String> = []
        if self.selects(package: name) {
            var versions = Set(archives.filter(\.isFetchable).map(\.version))
            if self.isStableOnly { versions = versions.filter { Version.stability(ofNormalized: $0) == .stable } }
            if let latest, versions.count > latest {
                // Those that compare equal, in an order all the same.
                let newest = versions.sorted { a, b in
                    let order = Version.compare(normalized: a, normalized: b)
                    return order == 0 ? a < b : order > 0
                }
                versions = Set(newest.prefix(latest))
            }
            wanted = versions
        }
        return archives.map { archive in
            let isTooLarge = refused[archive.identityHash].map { $0 >= self.maxBytes ?? .max } ?? false
            return ListedArchive(
                archive,
                isWanted: archive.isFetchable && wanted.contains(archive.version) && !isTooLarge,
                maxBytes: self.maxBytes
            )
        }
    }
}

extension UpstreamArchive {
    /// What no address is longer than.
    private static let mostBytes = 4_096

    /// Whether its texts are such as both databases keep.
    fileprivate var isKeepable: Bool {
        [self.version, self.type, self.url, self.reference ?? "", self.shasum ?? ""].allSatisfy { text in
            text.utf8.count <= Self.mostBytes && !text.utf8.contains(0)
        }
    }

    /// Whether it is of a form that is known, and its address one that can be asked: no folder of somebody's machine, and no
    /// template that Composer fills in.
    fileprivate var isFetchable: Bool {
        ["zip", "tar"].contains(self.type) && !self.url.contains("%reference%") && !self.url.contains("%version%")
            && WebURL.parsed(self.url) != nil
    }
}
