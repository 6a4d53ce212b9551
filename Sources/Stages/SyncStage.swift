import Composer
import Logging
package import ObjectStorage
package import Resilience
import ServiceLifecycle
import Store

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
    let purger: (any CachePurger)?

    /// - Parameter purger: Told of each object that changed; nil where no cache is in between.
    package init(
        context: StageContext,
        configuration: Configuration = Configuration(),
        objects: any ObjectStore,
        purger: (any CachePurger)? = nil
    ) {
        self.context = context
        self.configuration = configuration
        self.objects = objects
        self.purger = purger
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
        let memory = BucketMemory(context: self.context, objects: self.objects)
        try await memory.recognise(admitsAnother: self.context.options.isForced && selection.isEverything)

        let worker = SyncWorker(stage: self, run: run, paths: paths, usesConditions: try await memory.usesConditions())
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
        let dirty = try await self.context.store.dirtyCount(paths: paths, isForced: self.context.options.isForced)
        var outcome = StageOutcome(counters: ["would_upload": dirty.uploads, "would_delete": dirty.deletes])
        outcome.notes.append(
            "would upload \(dirty.uploads.grouped) and delete \(dirty.deletes.grouped) objects at \(self.objects.description)"
        )
        return outcome
    }

    /// The object that a document is published as.
    func object(key: String, _ content: Blob) throws -> ObjectUpload {
        let settings = self.context.settings
        let isCompressed = settings.storeGzip && content.encoding == .gzip
        return ObjectUpload(
            key: key,
            bytes: isCompressed ? content.bytes : try content.content(),
            contentType: ObjectKey.contentType(for: key),
            cacheControl: settings.cacheControl(for: key),
            contentEncoding: isCompressed ? "gzip" : nil
        )
    }
}
