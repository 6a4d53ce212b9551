import Composer
import Facts
import Store

/// The repository's root, which says what is live: it announces the names of a source once a document of it is.
///
/// Derived once in a run, after the documents were stamped, by whoever publishes.
struct Announcements: Sendable {
    let store: Store
    let settings: StageSettings

    private func contents() async throws -> RootContents {
        RootContents(
            self.settings,
            try await self.store.offers(to: self.settings),
            filterLists: try await self.store.liveFilterLists()
        )
    }

    /// Whether the root says something else than what is live, as far as is known without deriving it.
    func isDue() async throws -> Bool {
        if try await self.store.isFilterSummaryDue() { return true }
        let contents = try await self.contents()
        let store = self.store
        if try await store.isRootDue(RootDocument.path, under: contents.fingerprint, of: contents.sources) {
            return true
        }
        let advisories = AdvisoryDocument.rootPath
        guard self.settings.advisories.mode == .separate else { return try await store.hasContent(advisories) }
        return try await store.isRootDue(advisories, under: contents.advisoriesFingerprint, of: contents.sources)
    }

    /// Whether the root leaves open which names there are, so that Composer asks for any.
    func letsAskForAnything() async throws -> Bool {
        let contents = try await self.contents()
        if contents.unnamed.isEmpty { return false }
        if !contents.isFinite { return true }
        return try await self.store.liveNames(of: contents.unnamed) == .countless
    }

    /// Derives the root where it is published in a step.
    ///
    /// - Returns: Whether the step is to be taken.
    func derive(before step: PublishingStep, run: RunID) async throws -> Bool {
        switch step {
        case .settings:
            let contents = try await self.contents()
            // Documents of advisories go after what leads to them.
            let isOver =
                self.settings.advisories.mode != .separate
                ? try await self.store.withdrawRoot(AdvisoryDocument.rootPath, run: run) : false
            let isNew = try await self.store.isRoot(RootDocument.path, notUnder: contents.fingerprint)
            let isHeldUp = try await self.isRootHeldUp(contents)
            guard isNew || isHeldUp else { return isOver }
            // Whichever source comes or goes: its documents and others' advisories are not there together. Who is killed
            // before the root is there begins with it again.
            _ = try await self.derive(isNew ? contents.withoutPolicies : contents, run)
            // Everything waits for it.
            if isHeldUp { try await self.store.retryRoot(RootDocument.path) }
            return true
        case .archives, .documents, .treeDocuments, .listings: return true
        case .summaries:
            _ = try await self.store.deriveFilterSummary(run: run)
            return true
        case .roots:
            _ = try await self.derive(run: run)
            return true
        }
    }

    /// Whether the root that is live was made under other settings: before the one that goes first has taken its place,
    /// nothing else may be published.
    func isRootHeldUp() async throws -> Bool { try await self.isRootHeldUp(self.contents()) }

    /// Whether that waits for another who holds the root, alive or not.
    func isRootAwaited() async throws -> Bool {
        guard try await self.store.isHeld(RootDocument.path) else { return false }
        return try await self.isRootHeldUp()
    }

    private func isRootHeldUp(_ contents: RootContents) async throws -> Bool {
        try await self.store.isLiveRoot(
            RootDocument.path,
            underNoneOf: [contents.fingerprint, contents.withoutPolicies.fingerprint]
        )
    }

    /// - Returns: Whether a root says something else than before.
    func derive(run: RunID) async throws -> Bool {
        let contents = try await self.contents()
        let isNew = try await self.derive(contents, run)
        return try await self.deriveAdvisories(contents, run) || isNew
    }

    /// The root of the repository of advisories goes where there is none.
    private func deriveAdvisories(_ contents: RootContents, _ run: RunID) async throws -> Bool {
        let key = AdvisoryDocument.rootPath
        guard self.settings.advisories.mode == .separate else {
            return try await self.store.withdrawRoot(key, run: run)
        }
        return try await self.store.deriveRoot(
            key,
            under: contents.advisoriesFingerprint,
            of: contents.sources,
            naming: contents.isFinite ? contents.unnamed : [],
            run: run
        ) { live in contents.advisoriesBytes(live) }
    }

    private func derive(_ contents: RootContents, _ run: RunID) async throws -> Bool {
        try await self.store.deriveRoot(
            RootDocument.path,
            under: contents.fingerprint,
            of: contents.sources,
            // Where nobody is told which names there are, none is looked for.
            naming: contents.isFinite ? contents.unnamed : [],
            run: run
        ) { live in contents.bytes(live) }
    }
}
