package import Archives
import Composer
import Facts
import Logging
package import ObjectStorage
package import Resilience
import ServiceLifecycle
import Store

/// Fetches archives that are due, and uploads what is dirty, and nothing else.
///
/// Reads: dirty documents with their bytes. Writes: the bucket; then what is live, by path and hash.
/// Any number may run at once; what a killed one held stays dirty.
package struct SyncStage: Sendable {
    package struct Configuration: Sendable {
        /// Documents claimed, uploaded and stamped together.
        package var batchSize = 256
        /// Batches at work at once, so that uploads go on while another batch is claimed or stamped.
        package var batchesAtOnce = 2
        /// Bytes of documents of a batch that are in memory together; one that is larger is there alone.
        ///
        /// They are there as the database has them too, and while they are sent once more.
        package var bytesTogether = 16 << 20
        package var failureBackoff = RetryPolicy(base: .seconds(30), cap: .seconds(3_600))
        /// How long a key is left alone after it was sent, where the store dates objects by its own clock: it does so in
        /// whole seconds, and who asks by that date must not get the old bytes for the new ones.
        package var rest: Duration = .seconds(1)
        package var fetching = ArchiveFetching.Configuration()

        package init() {}
    }

    let context: StageContext
    let configuration: Configuration
    let objects: any ObjectStore
    let purger: (any CachePurger)?
    /// nil where no archives are kept.
    let fetching: ArchiveFetching?

    /// - Parameters:
    ///   - purger: Told of each object that changed; nil where no cache is in between.
    ///   - fetcher: For archives; nil where none are kept.
    package init(
        context: StageContext,
        configuration: Configuration = Configuration(),
        objects: any ObjectStore,
        purger: (any CachePurger)? = nil,
        fetcher: ArchiveFetcher? = nil
    ) {
        self.context = context
        self.configuration = configuration
        self.objects = objects
        self.purger = purger
        self.fetching = fetcher.map {
            ArchiveFetching(context: context, configuration: configuration.fetching, fetcher: $0, objects: objects)
        }
    }

    package func run() async throws -> StageOutcome {
        let options = self.context.options
        let selection = try options.selection(self.context.settings)
        _ = try await options.packageIDs(self.context.settings, in: self.context.store)
        let packages = try await self.packages(selection)
        let paths = selection.isEverything ? nil : try await self.paths(selection, packages)
        let memory = BucketMemory(context: self.context, objects: self.objects)
        // Before anything is changed, and also where nothing is dirty: a bucket that has moved is empty then.
        let bucket = try await memory.recognise(admitsAnother: options.isForced && selection.isEverything)
        // What one run touched are documents.
        let fetching = selection.run == nil ? self.fetching : nil
        guard let run = self.context.run else { return try await self.dryRun(paths, fetching, packages) }

        if options.isForced {
            try await self.makeDirty(paths, bucket)
            try await memory.record(bucket)
            try await fetching?.makeDue(packages)
        }
        let dirty = try await self.context.store.dirtyCount(paths: paths)
        let dueArchives = try await fetching?.due(packages).count ?? 0
        let toDo = dirty.uploads + dirty.deletes
        let announcements = Announcements(store: self.context.store, settings: self.context.settings)
        // Where a run before this one got no further than its documents, or a setting has changed.
        let isRootNew = toDo == 0 && paths == nil ? try await announcements.derive(run: run) : false
        let tree = ProviderTree(store: self.context.store, settings: self.context.settings, logger: self.context.logger)
        let isTreeDue = toDo == 0 && paths == nil ? try await tree.isDue() : false
        let deriving = ArchiveDeriving(context: self.context)
        let isDerivable = paths == nil ? try await deriving.isDue() : false
        self.context.progress.expect(min(toDo + dueArchives + (isRootNew ? 1 : 0), options.limit ?? .max))
        var ending = ArchiveFetching.Ending.nothingDue
        var isHeldUp = false
        if toDo + dueArchives > 0 || isRootNew || isTreeDue || isDerivable {
            if !options.isForced {
                try await self.objects.check()
                try await memory.record(bucket)
            }
            let worker = SyncWorker(
                stage: self,
                run: run,
                paths: paths,
                usesConditions: try await memory.usesConditions()
            )
            // What has come is published, and what is dirty does not wait for days until all archives are there.
            for _ in 1...max(1, self.configuration.fetching.slices) {
                if let fetching, dueArchives > 0 { ending = try await fetching.fetch(run: run, packages: packages) }
                isHeldUp = try await !self.publish(worker, announcements, tree)
                if ending != .sliceIsOver || Task.isShuttingDownGracefully { break }
            }
        }
        var outcome = try await self.outcome(selection)
        if isHeldUp, outcome.exit != .terminated {
            (outcome.exit, outcome.error) = (.partial, try await self.words(onRoot: selection))
        }
        if let note = try await fetching?.note(on: ending) { outcome.notes.append(note) }
        if self.context.counters[.objectsUploaded] > 0 { outcome.notes += try await self.warnings(announcements) }
        return outcome
    }

    /// Said where ``Store/withholdsAdvisories(_:)``.
    package static let withheldAdvisories =
        "upstream's advisories are left out, as documents are still published of sources that the settings no longer name"

    /// What is wrong with the bucket for who reads from it.
    private func warnings(_ announcements: Announcements) async throws -> [String] {
        let withheld = try await self.context.store.withholdsAdvisories(self.context.settings)
        return try await (withheld ? ["warning: \(Self.withheldAdvisories)"] : []) + self.absence(announcements)
    }

    private func absence(_ announcements: Announcements) async throws -> [String] {
        let key = "p2/.packline/missing.json"
        guard try await announcements.letsAskForAnything(), !Task.isShuttingDownGracefully else { return [] }
        do {
            if try await self.objects.tellsAbsence(of: key, beside: RootDocument.path) { return [] }
        } catch let error as ObjectStoreError {
            // All is published, and the next run asks again.
            self.context.logger.debug("the store can't be asked what is missing", metadata: ["error": "\(error)"])
            return []
        }
        self.context.logger.warning(
            "the store does not tell what is missing",
            metadata: ["store": "\(self.objects.description)", "status": "403"]
        )
        return [
            "warning: the store answers 403 in place of 404 for what is not there, and Composer, which is not told which "
                + "packages there are, ends with an error then: allow who reads to list the bucket (s3:ListBucket), or name "
                + "the packages that are wanted (only)"
        ]
    }

    /// A bucket that can't be used leaves everything as it is.
    private func makeDirty(_ paths: [String]?, _ bucket: BucketMemory.Recognition) async throws {
        try await self.objects.check()
        let marked = try await self.context.store.markForUpload(
            paths: paths,
            movingTo: bucket.isAnother ? self.objects.description : nil
        )
        self.context.counters.add(.madeDirty, marked)
    }

    /// Publishes step after step: what says what is live comes after it.
    ///
    /// - Returns: false where the root has to go first, and is not there: no document was published then.
    private func publish(
        _ worker: SyncWorker,
        _ announcements: Announcements,
        _ tree: ProviderTree
    ) async throws -> Bool {
        var isHeldUp = false
        do {
            for step in PublishingStep.allCases {
                if step == .documents {
                    isHeldUp = try await announcements.isRootHeldUp()
                    if isHeldUp { break }
                }
                if worker.paths == nil {
                    guard try await announcements.derive(before: step, run: worker.run) else { continue }
                    try await tree.derive(before: step, run: worker.run, self.context.counters)
                    if step == .documents { try await ArchiveDeriving(context: self.context).derive(run: worker.run) }
                } else if step.keys != nil {
                    continue
                }
                guard try await self.context.store.isAnyClaimable(kind: step.kind) else { continue }
                try await worker.work(step)
            }
            if worker.paths == nil, !isHeldUp { try await tree.finish() }
        } catch {
            try await self.returnLeases(worker.run)
            throw error
        }
        if Task.isShuttingDownGracefully { try await self.returnLeases(worker.run) }
        try await self.context.cleanUp()
        return !isHeldUp
    }

    /// Why nothing but the root could be published.
    private func words(onRoot selection: PackageSelection) async throws -> String {
        let root = RootDocument.path
        let words =
            "no document was published: sources, lists or other settings have changed, and \(root) has to say so before"
        if !selection.isEverything { return "\(words); run sync once without --package and --run" }
        let failure = try await self.context.store.failingRoot()
        guard let failure, failure.name == root else {
            let limit = self.context.options.limit == nil ? "" : "; or --limit left nothing for it"
            return "\(words); another run is at work on it, or was killed, which is over when its lease ends\(limit)"
        }
        return "\(words); it will be tried again: \(failure.error)"
    }

    /// In a task of its own, so that a run that was cancelled returns what it holds too.
    private func returnLeases(_ run: RunID) async throws {
        try await Task { [store = self.context.store] in try await store.returnDocuments(run: run, isSent: true) }.value
    }

    private func outcome(_ selection: PackageSelection) async throws -> StageOutcome {
        let counters = self.context.counters
        var outcome = StageOutcome(counters: counters.snapshot, consumed: counters.consumed)
        let failures = [
            (counters[.documentsFailed], "document"), (counters[.archivesFailed], "archive"),
        ].filter { $0.0 > 0 }
        if Task.isShuttingDownGracefully {
            outcome.exit = .terminated
        } else if !failures.isEmpty {
            outcome.exit = .partial
            let words = failures.map { $0.0.counted($0.1) }.joined(separator: " and ")
            outcome.error = self.context.problems.summary("\(words) failed and will be tried again")
        } else if selection.isEverything, let root = try await self.context.store.failingRoot() {
            // It failed before and waits for its next try: the bucket is of no use until then.
            outcome.exit = .partial
            outcome.error = "\(root.name) is not as it should be and will be tried again: \(root.error)"
        }
        return outcome
    }

    /// Those that were named; nil where none were.
    private func packages(_ selection: PackageSelection) async throws -> [Int64]? {
        guard !selection.keys.isEmpty else { return nil }
        return try await self.context.store.packageIDs(PackageSelection(keys: selection.keys)).ids
    }

    private func paths(_ selection: PackageSelection, _ packages: [Int64]?) async throws -> [String] {
        try await self.context.store.documentPaths(run: selection.run, packages: packages)
    }

    private func dryRun(
        _ paths: [String]?,
        _ fetching: ArchiveFetching?,
        _ packages: [Int64]?
    ) async throws -> StageOutcome {
        let limit = self.context.options.limit ?? .max
        let dirty = try await self.context.store.dirtyCount(paths: paths, isForced: self.context.options.isForced)
        let uploads = min(dirty.uploads, limit)
        let deletes = min(dirty.deletes, limit - uploads)
        let rest = dirty.uploads - uploads + dirty.deletes - deletes
        var outcome = StageOutcome(counters: [.wouldUpload: uploads, .wouldDelete: deletes])
        // Which come first is known when they are claimed.
        outcome.notes.append(
            rest == 0
                ? "would upload \(uploads.counted("object")) and delete \(deletes.grouped) at \(self.objects.description)"
                : "would upload or delete \(limit.counted("object")) at \(self.objects.description); --limit leaves "
                    + "\(rest.grouped) for later"
        )
        if let fetching {
            var due = try await fetching.due(packages)
            if due.count > limit { due = (limit, due.bytes.map { $0 / Int64(due.count) * Int64(limit) }) }
            outcome.counters[.wouldFetch] = due.count
            outcome.notes.append(fetching.note(ofDue: due))
            if let note = try await fetching.fullBucketNote(isFull: false) { outcome.notes.append(note) }
        }
        return outcome
    }

    /// The object that a document is published as.
    ///
    /// - Throws: ``StoreError/corruptBlob(hash:)`` where the bytes are not those that their hash names.
    func object(for document: ClaimedDocument, _ content: Blob) throws -> ObjectUpload {
        let settings = self.context.settings
        let key = document.path
        let isCompressed = settings.storeGzip && content.encoding == .gzip
        let bytes = try content.verified()
        return ObjectUpload(
            key: key,
            bytes: isCompressed ? content.bytes : bytes,
            sha256: isCompressed ? nil : content.hash.hexadecimal,
            contentType: ObjectKey.contentType(for: key),
            cacheControl: settings.cacheControl(for: key),
            contentEncoding: isCompressed ? "gzip" : nil,
            lastModifiedSeconds: document.lastModifiedSeconds
        )
    }
}
