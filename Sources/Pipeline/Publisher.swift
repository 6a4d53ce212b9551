import Facts
package import Logging
import Resilience
import ServiceLifecycle
package import Store

/// Publishes where there is no bucket: what `update` has written is live as soon as it is stamped.
///
/// `serve` runs one. Any number may run at once; each publication is a run of `sync`, and an idle one leaves no trace.
package struct Publisher: Service {
    private static let batchSize = 256
    private static let leaseMilliseconds: Int64 = 60_000
    /// How soon it is looked again whether lost bytes are there; `update` makes that sooner.
    private static let lostBackoff = RetryPolicy(base: .seconds(60), cap: .seconds(3_600))

    private let store: Store
    private let announcements: Announcements
    private let tree: ProviderTree
    private let interval: Duration
    private let logger: Logger

    package init(
        store: Store,
        settings: StageSettings = StageSettings(),
        interval: Duration = .seconds(1),
        logger: Logger
    ) {
        self.store = store
        self.announcements = Announcements(store: store, settings: settings)
        self.tree = ProviderTree(store: store, settings: settings, logger: logger)
        self.interval = interval
        self.logger = logger
    }

    /// Looks for dirty documents again and again until the shutdown; a failure is logged and tried again.
    ///
    /// Where a newer version has migrated the database, nothing more is published.
    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do { try await self.publish() } catch {
                self.logger.error("publishing failed", metadata: ["error": "\(error)"])
                // What is published already goes on being served.
                if await self.wantsNewerBuild(error) { return try await gracefulShutdown() }
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: self.interval) }
        }
    }

    /// Whether a newer version has migrated the database; what is only read may fail otherwise then, for want of a column.
    private func wantsNewerBuild(_ error: any Error) async -> Bool {
        if (error as? StoreError)?.wantsNewerBuild == true { return true }
        guard let (found, known) = try? await self.store.schemaMismatch() else { return false }
        return found > known
    }

    /// Publishes all that is dirty.
    ///
    /// - Returns: The number of documents.
    @discardableResult
    package func publish() async throws -> Int {
        guard try await self.hasWork() else { return 0 }
        try await self.takeOver()
        let run = try await self.store.beginRun(.sync, worker: "serve", version: PacklineVersion.current)
        let (counters, problems) = (Counters(), Problems())
        do {
            var isHeldUp = false
            for step in PublishingStep.allCases {
                if step == .documents {
                    isHeldUp = try await self.announcements.isRootHeldUp()
                    if isHeldUp { break }
                }
                guard try await self.announcements.derive(before: step, run: run) else { continue }
                try await self.tree.derive(before: step, run: run, counters)
                try await self.publish(step, run: run, counters, problems)
            }
            if !isHeldUp { try await self.tree.finish() }
        } catch {
            try await self.finish(run, .failed, counters, error: "\(error)")
            throw error
        }
        let failed = counters[.documentsFailed]
        try await self.finish(
            run,
            failed == 0 ? .succeeded : .partial,
            counters,
            error: failed == 0 ? nil : problems.summary("\(failed.counted("document")) failed and will be tried again")
        )
        return counters[.documentsPublished] + counters[.documentsWithdrawn]
    }

    /// Whether there is more to do than what another holds: a run leaves a row, whatever it did.
    private func hasWork() async throws -> Bool {
        guard try await self.isAnythingDue() else { return false }
        return try await !self.announcements.isRootAwaited()
    }

    private func isAnythingDue() async throws -> Bool {
        for kind in ObjectKind.allCases where try await self.store.isAnyClaimable(kind: kind) { return true }
        if try await self.announcements.isDue() { return true }
        return try await self.tree.isDue()
    }

    /// Notes that documents are published here: a bucket of before would be without them.
    private func takeOver() async throws {
        guard let known = try await self.store.bucket(), known != Store.noBucket else {
            _ = try await self.store.noteBucket(Store.noBucket, insteadOf: nil)
            return
        }
        self.logger.warning(
            "this database published to a bucket; from now on serve publishes, and sync refuses",
            metadata: ["bucket": "\(known)"]
        )
        try await self.store.moveBucket(to: Store.noBucket)
    }

    /// What is stamped is live: that the bytes are there is all that is asked of them.
    private func publish(_ step: PublishingStep, run: RunID, _ counters: Counters, _ problems: Problems) async throws {
        while !Task.isShuttingDownGracefully {
            let documents = try await self.store.claimDirty(
                kind: step.kind,
                limit: Self.batchSize,
                run: run,
                leaseMilliseconds: Self.leaseMilliseconds,
                bucket: Store.noBucket,
                paths: step.keys
            )
            if documents.isEmpty { return }
            let present = try await self.store.present(documents.compactMap(\.content))
            let isLost = { (document: ClaimedDocument) in document.content.map { !present.contains($0) } ?? false }
            let stamps = documents.filter { !isLost($0) }.map { Stamp(of: $0, etag: nil) }
            counters.add(.stampsLate, try await self.store.stampDeployed(stamps, kind: step.kind, run: run))
            try await self.lose(documents.filter(isLost), run: run, counters, problems)
            counters.consume(documents.map(\.updatedRun))
            counters.add(.documentsPublished, stamps.count { $0.hash != nil })
            counters.add(.documentsWithdrawn, stamps.count { $0.hash == nil })
        }
    }

    private func lose(
        _ documents: [ClaimedDocument],
        run: RunID,
        _ counters: Counters,
        _ problems: Problems
    ) async throws {
        guard !documents.isEmpty else { return }
        var random = SystemRandomNumberGenerator()
        let failures = documents.map { document -> UploadFailure in
            let error = LostContent(hash: document.content)
            problems.add(document.path, "\(error)")
            let delay = Self.lostBackoff.delay(afterAttempt: document.attempts + 1, using: &random)
            // At least half of the first step, whatever chance says.
            return (document, "\(error)", max(Self.lostBackoff.base / 2, delay).inMilliseconds)
        }
        try await self.store.loseContents(of: failures, damaged: [], run: run)
        counters.add(.documentsFailed, documents.count)
        counters.add(.contentsLost, documents.count)
        self.logger.warning("bytes of documents are lost", metadata: ["error": "\(failures[0].error)"])
    }

    private func finish(_ run: RunID, _ status: RunStatus, _ counters: Counters, error: String? = nil) async throws {
        try await self.store.finishRun(
            run,
            as: status,
            consumed: Array(counters.consumed),
            counters: counters.snapshot,
            error: error
        )
    }
}
