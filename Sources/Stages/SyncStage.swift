import Composer
import Logging
package import ObjectStorage
package import Resilience
import ServiceLifecycle
import Store
import Synchronization

/// Uploads what is dirty, and nothing else.
///
/// Reads: dirty documents with their bytes. Writes: the bucket; then what is live, by path and hash.
/// Any number may run at once; what a killed one held stays dirty.
package struct SyncStage: Sendable {
    package struct Configuration: Sendable {
        /// Documents claimed, uploaded and stamped together.
        package var batchSize = 256
        /// Batches at work at once, so that uploads go on while another batch is claimed or stamped.
        package var batchesAtOnce = 2
        package var failureBackoff = RetryPolicy(base: .seconds(30), cap: .seconds(3_600))

        package init() {}
    }

    let context: StageContext
    let configuration: Configuration
    let objects: any ObjectStore

    package init(context: StageContext, configuration: Configuration = Configuration(), objects: any ObjectStore) {
        self.context = context
        self.configuration = configuration
        self.objects = objects
    }

    package func run() async throws -> StageOutcome {
        let selection = try self.context.options.selection(self.context.settings)
        let paths = selection.isEverything ? nil : try await self.paths(selection)
        guard let run = self.context.run else { return try await self.dryRun(paths) }

        if self.context.options.isForced {
            self.context.counters.add("made_dirty", try await self.context.store.markForUpload(paths: paths))
        }
        let dirty = try await self.context.store.dirtyCount(paths: paths)
        self.context.progress.expect(min(dirty.uploads + dirty.deletes, self.context.options.limit ?? .max))
        if dirty.uploads + dirty.deletes == 0 { return StageOutcome() }
        try await self.objects.check()

        let worker = SyncWorker(stage: self, run: run, paths: paths)
        do {
            // Documents before the root that announces them.
            for (rank, batches) in [(Store.packageRank, self.configuration.batchesAtOnce), (Store.rootRank, 1)] {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<batches { group.addTask { try await worker.work(rank: rank) } }
                    try await group.waitForAll()
                }
            }
        } catch {
            try await self.returnLeases(run)
            throw error
        }
        if Task.isShuttingDownGracefully { try await self.returnLeases(run) }
        try await self.context.cleanUp()
        return self.outcome()
    }

    /// In a task of its own, so that a run that was cancelled returns what it holds too.
    private func returnLeases(_ run: Int64) async throws {
        try await Task { [store = self.context.store] in try await store.returnDocuments(run: run) }.value
    }

    private func outcome() -> StageOutcome {
        let counters = self.context.counters
        var outcome = StageOutcome(counters: counters.snapshot, consumed: counters.consumed)
        if Task.isShuttingDownGracefully {
            outcome.exit = .terminated
        } else if counters["documents_failed"] > 0 {
            outcome.exit = .partial
            outcome.error = "\(counters["documents_failed"]) documents failed and will be tried again"
        }
        return outcome
    }

    private func paths(_ selection: PackageSelection) async throws -> [String] {
        let ids =
            selection.slugs.isEmpty
            ? nil
            : try await self.context.store.packageIDs(
                PackageSelection(slugs: selection.slugs)
            ).ids
        return try await self.context.store.documentPaths(run: selection.run, packages: ids)
    }

    private func dryRun(_ paths: [String]?) async throws -> StageOutcome {
        let dirty = try await self.context.store.dirtyCount(paths: paths)
        var outcome = StageOutcome(counters: ["would_upload": dirty.uploads, "would_delete": dirty.deletes])
        outcome.notes.append(
            "would upload \(dirty.uploads.grouped) and delete \(dirty.deletes.grouped) objects at \(self.objects.description)"
        )
        return outcome
    }
}

/// What the tasks of one `sync` run share.
final class SyncWorker: Sendable {
    private let stage: SyncStage
    private let run: Int64
    private let paths: [String]?
    private let budget: WorkBudget

    init(stage: SyncStage, run: Int64, paths: [String]?) {
        self.stage = stage
        self.run = run
        self.paths = paths
        self.budget = WorkBudget(stage.context.options.limit)
    }

    private var context: StageContext { self.stage.context }

    /// Works until nothing of this rank is dirty, the limit is reached or a shutdown was asked for.
    func work(rank: Int64) async throws {
        while !Task.isShuttingDownGracefully {
            let limit = await self.budget.take(self.stage.configuration.batchSize)
            guard limit > 0 else { return }
            let documents = try await self.context.store.claimDirty(
                rank: rank,
                limit: limit,
                run: self.run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds,
                paths: self.paths
            )
            await self.budget.giveBack(limit - documents.count)
            if documents.isEmpty { return }
            try await self.publish(documents)
        }
    }

    private func publish(_ documents: [ClaimedDocument]) async throws {
        let results = Mutex<(stamps: [Stamp], failures: [(document: ClaimedDocument, error: any Error)])>(([], []))
        let concurrency = max(1, (self.context.options.concurrency ?? 64) / self.stage.configuration.batchesAtOnce)
        try await forEachConcurrently(documents, limit: min(concurrency, documents.count)) { document in
            do {
                let stamp = try await self.publish(document)
                results.withLock { $0.stamps.append(stamp) }
            } catch let error where !(error is CancellationError) {
                results.withLock { $0.failures.append((document, error)) }
            }
        }
        let (stamps, failures) = results.withLock { $0 }
        try await self.stamp(stamps, documents)
        try await self.fail(failures, of: documents.count)
        self.context.progress.advance(by: documents.count, metadata: ["failed": "\(failures.count)"])
    }

    /// Uploads or deletes one object.
    private func publish(_ document: ClaimedDocument) async throws -> Stamp {
        guard let content = document.content else {
            try await self.stage.objects.delete(document.path)
            return Stamp(path: document.path, claimNumber: document.claimNumber, hash: nil, etag: nil)
        }
        var upload = ObjectUpload(
            key: document.path,
            bytes: try content.content(),
            contentType: ObjectKey.contentType(for: document.path),
            cacheControl: ObjectKey.cacheControl(for: document.path)
        )
        // Two writers that find no root both create it: the store lets one of them, and the other writes over
        // what it then finds.
        if document.path == "packages.json", document.deployedETag == nil { upload.condition = .ifNoneMatch }
        let version: ObjectVersion
        do {
            version = try await self.stage.objects.put(upload)
        } catch let error as ObjectStoreError where error.code == .preconditionFailed {
            upload.condition = .none
            version = try await self.stage.objects.put(upload)
        }
        return Stamp(
            path: document.path,
            claimNumber: document.claimNumber,
            hash: content.hash,
            etag: version.etag
        )
    }

    private func stamp(_ stamps: [Stamp], _ documents: [ClaimedDocument]) async throws {
        let late = try await self.context.store.stampDeployed(stamps, run: self.run)
        let counters = self.context.counters
        counters.consume(documents.map(\.updatedRun))
        counters.add("stamps_late", late)
        counters.add("objects_uploaded", stamps.filter { $0.hash != nil }.count)
        counters.add("objects_deleted", stamps.filter { $0.hash == nil }.count)
    }

    /// Failures stay dirty.
    ///
    /// Those that every object would meet end the run.
    private func fail(
        _ failures: [(document: ClaimedDocument, error: any Error)],
        of count: Int
    ) async throws {
        guard let first = failures.first else { return }
        var random = SystemRandomNumberGenerator()
        try await self.context.store.failUploads(
            failures.map { document, error in
                let delay = self.stage.configuration.failureBackoff.delay(
                    afterAttempt: document.attempts + 1,
                    using: &random
                )
                return (document, "\(error)", max(1_000, delay.inMilliseconds))
            },
            run: self.run
        )
        self.context.counters.add("documents_failed", failures.count)
        for (document, error) in failures.prefix(3) {
            self.context.logger.warning(
                "object failed",
                metadata: ["key": "\(document.path)", "error": "\(error)"]
            )
        }
        let code = (first.error as? ObjectStoreError)?.code
        if code == .accessDenied || code == .noSuchBucket || failures.count == count, count > 1 { throw first.error }
    }
}
