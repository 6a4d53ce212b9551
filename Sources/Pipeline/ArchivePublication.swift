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
    /// Those that upstream does not have, by the hash of their identity.
    private let absent: Set<ContentHash>

    /// - Parameter refused: Bytes that archives have more of, by the hash of their identity.
    init(
        policy: ArchivePolicy,
        name: String,
        listed: [UpstreamArchive],
        live: [LiveArchive],
        refused: [ContentHash: Int64] = [:],
        absent: Set<ContentHash> = []
    ) {
        self.policy = policy
        self.name = name
        self.listed = policy.selection(of: listed, package: name, refused: refused)
        self.live = Dictionary(grouping: live, by: \.version)
        self.absent = absent
    }

    /// Names all that the step reads beside the settings: equal texts mean equal documents.
    static func key(_ claim: ClaimedPackage) -> String {
        let live = claim.archives.map { archive in
            "archive \(archive.version) \(archive.identity.hexadecimal) \(archive.key) \(archive.sha1) "
                + "\(archive.firstFetchedAtMilliseconds ?? -1)\n"
        }
        let refused = claim.refusedArchives.map { "refused \($0.key.hexadecimal) \($0.value)\n" }.sorted()
        let absent = claim.absentArchives.map { "absent \($0.hexadecimal)\n" }.sorted()
        return (live + refused + absent).joined()
    }

    /// Puts archives of ours into the document of the releases, and takes out the versions that wait for theirs or can have
    /// none.
    ///
    /// - Returns: What became of how many versions.
    func publish(in documents: inout [DerivedDocument]) throws -> [(name: Counter, count: Int)] {
        let path = DocumentName.main(of: self.name).path
        guard let index = documents.firstIndex(where: { $0.path == path }), documents[index].hasVersions, self.mayChange
        else { return [] }
        let scan = try DistScan(documents[index].bytes, of: self.name)
        let listed = Dictionary(self.listed.map { ($0.archive.version, $0) }, uniquingKeysWith: { first, _ in first })
        let outcomes = scan.versions.map { self.outcome(of: $0, listed) }
        guard outcomes.contains(where: { $0.decision != .keep }) else { return [] }
        let (bytes, versionCount) = try scan.rewritten(outcomes.map(\.decision))
        (documents[index].bytes, documents[index].part) = (bytes, nil)
        documents[index].hasVersions = versionCount > 0
        return [Counter.versionsArchived, .versionsOfFormerArchives, .versionsHeld, .versionsAbsent].map { counter in
            (counter, outcomes.count { $0.counter == counter })
        }
    }

    /// Whether there is anything that could make the document another one.
    private var mayChange: Bool {
        !self.live.isEmpty || self.policy.untilArchived == .hold
            || !self.absent.isEmpty && self.policy.missing == .leaveOut
            || self.listed.contains { $0.archive.ownVersion != nil }
    }

    private typealias Outcome = (decision: DistDecision, counter: Counter?)

    private func outcome(of version: DistScan.Version, _ listed: [String: ListedArchive]) -> Outcome {
        // Of two versions of one normal form only the one that is meant.
        guard let normalized = version.normalized, let dist = version.dist, let listed = listed[normalized],
            listed.archive.isMeant(by: dist)
        else { return (.keep, nil) }
        let live = self.live[normalized] ?? []
        let identity = listed.archive.identityHash
        if let current = live.last(where: { $0.identity == identity }) {
            return (.replace(self.own(current, .upstreams)), .versionsArchived)
        }
        let isOursOnly = listed.archive.ownVersion != nil
        // What is not to be fetched would keep a version at what it was for ever.
        guard listed.isWanted || isOursOnly else { return (.keep, nil) }
        if let former = live.last {
            return (.replace(self.own(former, .former(former.reference))), .versionsOfFormerArchives)
        }
        let isAbsent = self.absent.contains(identity)
        if isAbsent, isOursOnly || self.policy.missing == .leaveOut { return (.leaveOut, .versionsAbsent) }
        return isOursOnly || self.policy.untilArchived == .hold ? (.leaveOut, .versionsHeld) : (.keep, nil)
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
