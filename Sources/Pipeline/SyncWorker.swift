import Composer
import Facts
import Logging
import ObjectStorage
import Resilience
import ServiceLifecycle
import Store
import Synchronization

/// What the tasks of one `sync` run share.
final class SyncWorker: Sendable {
    let stage: SyncStage
    let run: RunID
    let paths: [String]?
    private let usesConditions: Bool
    private let budget: WorkBudget
    private let places = ClaimPlaces()

    init(stage: SyncStage, run: RunID, paths: [String]?, usesConditions: Bool) {
        self.stage = stage
        self.run = run
        self.paths = paths
        self.usesConditions = usesConditions
        self.budget = WorkBudget(stage.context.options.limit)
    }

    var context: StageContext { self.stage.context }

    /// Works until nothing of this step is dirty, the limit is reached or a shutdown was asked for.
    ///
    /// One batch is claimed after the other, and the next one while others are uploaded. Where one is not full, nothing else
    /// can be claimed just then: what has come meanwhile is asked for when it is done.
    func work(_ step: PublishingStep) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var atWork = 0
            while let documents = try await self.claim(step) {
                group.addTask { try await self.publish(documents, step.kind) }
                atWork += 1
                let isFull = documents.count == self.stage.configuration.batchSize
                while atWork >= (isFull ? self.stage.configuration.batchesAtOnce : 1) {
                    try await group.next()
                    atWork -= 1
                }
            }
            try await group.waitForAll()
        }
    }

    /// The next batch of a step; nil where there is none, the limit is reached or a shutdown was asked for.
    private func claim(_ step: PublishingStep) async throws -> [ClaimedDocument]? {
        let (kind, paths) = (step.kind, step.keys ?? self.paths)
        let rest = self.stage.objects.datesObjects ? self.stage.configuration.rest.inMilliseconds : 0
        while !Task.isShuttingDownGracefully {
            let limit = await self.budget.take(self.stage.configuration.batchSize)
            guard limit > 0 else { return nil }
            let documents = try await self.context.store.claimDirty(
                kind: kind,
                limit: limit,
                run: self.run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds,
                bucket: self.stage.objects.description,
                paths: paths,
                places: self.places,
                restMilliseconds: rest
            )
            await self.budget.giveBack(limit - documents.count)
            if !documents.isEmpty { return documents }
            // What was sent a moment ago comes last, and holds nobody up.
            guard rest > 0,
                let wait = try await self.context.store.rest(kind: kind, milliseconds: rest, paths: paths)
            else { return nil }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .milliseconds(wait)) }
            try Task.checkCancellation()
        }
        return nil
    }

    private func publish(_ documents: [ClaimedDocument], _ kind: ObjectKind) async throws {
        let results = Mutex(Results())
        let concurrency = max(1, (self.context.options.concurrency ?? 64) / self.stage.configuration.batchesAtOnce)
        // One after the other, so that a batch waits for no room while it has some.
        let uploads = documents.filter { $0.content != nil }
        for slice in uploads.slices(of: self.stage.configuration.bytesTogether) {
            let contents = try await self.context.store.contents(slice.compactMap(\.content))
            try await forEachConcurrently(slice, limit: min(concurrency, slice.count)) { document in
                do {
                    let stamp = try await self.upload(document, document.content.flatMap { contents[$0] })
                    results.withLock { $0.stamps.append(stamp) }
                } catch is LeaseLost {
                    // Another worker's now; what it uploads stays.
                    self.context.counters.add(.leasesLost)
                } catch let error as LostContent {
                    results.withLock { $0.lost.append((document, error)) }
                } catch let error where !(error is CancellationError) {
                    results.withLock { $0.failures.append((document, error)) }
                }
            }
        }
        try await self.delete(documents.filter { $0.content == nil }, results)
        let (stamps, failures, lost) = results.withLock { ($0.stamps, $0.failures, $0.lost) }
        try await self.stamp(stamps, documents, kind)
        try await self.lose(lost)
        try await self.fail(failures, of: documents.count - lost.count)
        // What was never there is in no cache.
        let replaced = Set(documents.filter { $0.deployedETag != nil }.map(\.path))
        await self.stage.purger?.purge(stamps.map(\.path).filter(replaced.contains))
        self.context.progress.advance(
            by: documents.count,
            metadata: ["failed": "\(failures.count + lost.count)"]
        )
    }

    private struct Results {
        var stamps: [Stamp] = []
        var failures: [(document: ClaimedDocument, error: any Error)] = []
        var lost: [(document: ClaimedDocument, error: LostContent)] = []
    }

    private struct LeaseLost: Error {}

    /// Uploads one object, over nothing but what this run knows to be there where the store keeps conditions.
    private func upload(_ document: ClaimedDocument, _ content: Blob?) async throws -> Stamp {
        guard let content else { throw LostContent(hash: document.content) }
        var upload: ObjectUpload
        do { upload = try self.stage.object(for: document, content) } catch is StoreError {
            throw LostContent(hash: document.content, damaged: content)
        }
        // Without conditions there is none at all: a store that does not know them refuses the request.
        guard self.usesConditions else { return try await self.uploadWithoutCondition(upload, document) }
        upload.condition = document.deployedETag.map { .ifMatch($0) } ?? .ifNoneMatch
        for _ in 1...Self.triesAgainstOthers {
            do {
                let version = try await self.stage.objects.put(upload)
                return Stamp(of: document, etag: version.etag)
            } catch let error as ObjectStoreError where error.code == .preconditionFailed {
                // A worker died between its upload and its stamp, somebody wrote by hand, or this run slept beyond its
                // lease. What is there is looked at first and the lease then: whoever comes after the look changes
                // the ETag.
                let found = try await self.stage.objects.head(document.path)
                guard try await self.holds(document) else { throw LeaseLost() }
                self.context.counters.add(.conditionsFailed)
                upload.condition = found.map { .ifMatch($0.etag) } ?? .ifNoneMatch
                // It may have been written in this very second of the store's clock.
                if self.stage.objects.datesObjects, found?.secondsSinceModified == 0 {
                    try await Task.sleep(for: self.stage.configuration.rest)
                }
            }
        }
        return try await self.uploadWithoutCondition(upload, document)
    }

    /// How often an object that others keep changing is tried under a condition.
    private static let triesAgainstOthers = 4

    /// A store whose ETags can't be matched, or a bucket that somebody else keeps writing to.
    private func uploadWithoutCondition(
        _ upload: ObjectUpload,
        _ document: ClaimedDocument
    ) async throws -> Stamp {
        var upload = upload
        upload.condition = .none
        let version = try await self.stage.objects.put(upload)
        return Stamp(of: document, etag: version.etag)
    }

    private func holds(_ document: ClaimedDocument) async throws -> Bool {
        try await self.context.store.stillHeld([document], run: self.run).contains(document.path)
    }

    /// Deletes with few requests; no store has conditions for it, so that the leases are looked at right before.
    private func delete(_ documents: [ClaimedDocument], _ results: borrowing Mutex<Results>) async throws {
        guard !documents.isEmpty else { return }
        let held = try await self.context.store.stillHeld(documents, run: self.run)
        let mine = documents.filter { held.contains($0.path) }
        self.context.counters.add(.leasesLost, documents.count - mine.count)
        guard !mine.isEmpty else { return }
        let failed = try await self.stage.objects.deleteMany(mine.map(\.path))
        results.withLock { results in
            for document in mine {
                if let error = failed[document.path] {
                    results.failures.append((document, error))
                } else {
                    results.stamps.append(Stamp(of: document, etag: nil))
                }
            }
        }
    }

    private func stamp(_ stamps: [Stamp], _ documents: [ClaimedDocument], _ kind: ObjectKind) async throws {
        let late = try await self.context.store.stampDeployed(stamps, kind: kind, run: self.run)
        let counters = self.context.counters
        counters.consume(documents.map(\.updatedRun))
        counters.add(.stampsLate, late)
        counters.add(.objectsUploaded, stamps.filter { $0.hash != nil }.count)
        counters.add(.objectsDeleted, stamps.filter { $0.hash == nil }.count)
    }
}
