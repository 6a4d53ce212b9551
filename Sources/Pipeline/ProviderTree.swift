import Composer
import Facts
import Logging
import ServiceLifecycle
import Store

/// The v1 tree: for clients that know neither `metadata-url` nor change feeds, and for mirrors of that time.
///
/// All of it is derived from what is live: documents from a package's documents, listings from those documents, the root
/// from listings. Each is derived when the one before was stamped, in one run. What nothing leads to any more stays for a
/// while.
struct ProviderTree: Sendable {
    /// Documents below `p2/` that are looked at together.
    private static let batchSize = 64
    /// Packages that are forgotten, and files that are withdrawn, together.
    private static let removedTogether = 500

    let store: Store
    let settings: StageSettings
    let logger: Logger

    private var isWanted: Bool { self.settings.hasProviderTree }

    private func root(of listings: [TreeFile]) -> [UInt8] {
        TreeListing.root(
            listings,
            repositoryURL: self.settings.repositoryURL,
            publicURL: self.settings.publicURL
        )
    }

    /// Names all that shapes the root but for what is live.
    private var fingerprint: ContentHash { ContentHash(of: self.root(of: [])) }

    /// Whether the tree says something else than what is live, or holds what it need not hold any more.
    func isDue() async throws -> Bool {
        if try await self.store.isAnyLeftoverExpired() { return true }
        guard self.isWanted else { return try await self.store.hasTree() }
        if try await self.store.isAnythingUntold() { return true }
        if try await self.store.changedGroup(after: -1) != nil { return true }
        return try await self.store.isTreeRootDue(under: self.fingerprint)
    }

    /// Derives what is published in a step.
    func derive(before step: PublishingStep, run: RunID, _ counters: Counters) async throws {
        switch step {
        case .settings, .archives, .documents, .summaries: break
        case .treeDocuments:
            try await self.withdrawLeftovers(run)
            if self.isWanted {
                try await self.deriveDocuments(run, counters)
            } else if try await self.store.hasTree() {
                try await self.store.withdrawTreeRoot(run: run)
            }
        case .listings: if self.isWanted { try await self.deriveListings(run, counters) }
        case .roots:
            // One that was begun to be derived names only a part of the packages.
            guard self.isWanted, !Task.isShuttingDownGracefully else { return }
            let root = { @Sendable (listings: [TreeFile]) in self.root(of: listings) }
            if try await self.store.deriveTreeRoot(under: self.fingerprint, run: run, root) { counters.add(.treeRoots) }
        }
    }

    /// Takes away what is left of a tree that is not wanted, once its root is gone.
    func finish() async throws {
        guard !self.isWanted, try await self.store.hasTree() else { return }
        while !Task.isShuttingDownGracefully {
            guard try await self.store.forgetTree(limit: Self.removedTogether) else { return }
        }
    }

    private func withdrawLeftovers(_ run: RunID) async throws {
        while !Task.isShuttingDownGracefully {
            let count = try await self.store.withdrawLeftovers(limit: Self.removedTogether, run: run)
            if count < Self.removedTogether { return }
        }
    }

    private func deriveDocuments(_ run: RunID, _ counters: Counters) async throws {
        // There is none before anything is live.
        guard try await self.store.isAnythingUntold() else { return }
        try await self.store.beginTree()
        var place = ""
        while !Task.isShuttingDownGracefully {
            guard let (sources, last) = try await self.store.untold(after: place, limit: Self.batchSize) else { return }
            place = last
            counters.add(.treeDocuments, try await self.store.tell(sources.map(self.telling), run: run))
        }
    }

    private func telling(_ source: TreeSource) -> TreeTelling {
        if source.documents.isEmpty { return TreeTelling(source, .nothing) }
        let blobs = source.documents.compactMap(\.content)
        // Bytes of what is live are gone: what is uploaded next is told of then, or the same once they are back.
        guard blobs.count == source.documents.count else { return TreeTelling(source, .same) }
        do {
            let bytes = try TreeDocument.json(source.name, of: blobs.map { try $0.verified() })
            return TreeTelling(source, .document(Blob(of: bytes)))
        } catch {
            self.logger.warning(
                "the v1 tree can't tell of a package",
                metadata: ["package": "\(source.name)", "error": "\(error)"]
            )
            return TreeTelling(source, .same)
        }
    }

    private func deriveListings(_ run: RunID, _ counters: Counters) async throws {
        var place: Int64 = -1
        while !Task.isShuttingDownGracefully, let group = try await self.store.changedGroup(after: place) {
            switch try await self.store.deriveListing(of: group, run: run) {
            // Its first half begins where it began.
            case .split: place = group.first - 1
            case .derived(let isNew):
                if isNew { counters.add(.treeListings) }
                place = group.first
            }
        }
    }
}
