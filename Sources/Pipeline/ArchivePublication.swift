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
