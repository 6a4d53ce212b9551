import Composer
import Logging
import ObjectStorage
import Resilience
import ServiceLifecycle
import Store
import Synchronization

/// What the tasks of one `sync` run share.
final class SyncWorker: Sendable {
    private let stage: SyncStage
    private let run: Int64
    private let paths: [String]?
    private let usesConditions: Bool
    private let budget: WorkBudget

    init(stage: SyncStage, run: Int64, paths: [String]?, usesConditions: Bool) {
        self.stage = stage
        self.run = run
        self.paths = paths
        self.usesConditions = usesConditions
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
        let results = Mutex(Results())
        let uploads = documents.filter { $0.content != nil }
        let concurrency = max(1, (self.context.options.concurrency ?? 64) / self.stage.configuration.batchesAtOnce)
        if !uploads.isEmpty {
            try await forEachConcurrently(uploads, limit: min(concurrency, uploads.count)) { document in
                do {
                    let stamp = try await self.upload(document)
                    results.withLock { $0.stamps.append(stamp) }
                } catch is LeaseLost {
                    // Another worker's now; what it uploads stays.
                    self.context.counters.add("leases_lost")
                } catch let error where !(error is CancellationError) {
                    results.withLock { $0.failures.append((document, error)) }
                }
            }
        }
        try await self.delete(documents.filter { $0.content == nil }, results)
        let (stamps, failures) = results.withLock { ($0.stamps, $0.failures) }
        try await self.stamp(stamps, documents)
        try await self.fail(failures, of: documents.count)
        // What was never there is in no cache.
        let replaced = Set(documents.filter { $0.deployedETag != nil }.map(\.path))
        await self.stage.purger?.purge(stamps.map(\.path).filter(replaced.contains))
        self.context.progress.advance(by: documents.count, metadata: ["failed": "\(failures.count)"])
    }

    private struct Results {
        var stamps: [Stamp] = []
        var failures: [(document: ClaimedDocument, error: any Error)] = []
    }

    private struct LeaseLost: Error {}

    /// Uploads one object, over nothing but what this run knows to be there where the store keeps conditions.
    private func upload(_ document: ClaimedDocument) async throws -> Stamp {
        guard let content = document.content else { throw LeaseLost() }
        var upload = try self.stage.object(key: document.path, content)
        // Without conditions, two writers that find no root are still settled where the store can.
        if self.usesConditions {
            upload.condition = document.deployedETag.map { .ifMatch($0) } ?? .ifNoneMatch
        } else if document.path == RootDocument.path, document.deployedETag == nil {
            upload.condition = .ifNoneMatch
        }
        for _ in 1...Self.triesAgainstOthers {
            do {
                let version = try await self.stage.objects.put(upload)
                return Stamp(
                    path: document.path,
                    claimNumber: document.claimNumber,
                    hash: content.hash,
                    etag: version.etag
                )
            } catch let error as ObjectStoreError where error.code == .preconditionFailed {
                // A worker died between its upload and its stamp, somebody wrote by hand, or this run slept beyond its
                // lease. What is there is looked at first and the lease then: whoever comes after the look changes
                // the ETag.
                let found = try await self.stage.objects.head(document.path)
                guard try await self.holds(document) else { throw LeaseLost() }
                self.context.counters.add("conditions_failed")
                upload.condition = found.map { .ifMatch($0.etag) } ?? .ifNoneMatch
            }
        }
        return try await self.uploadWithoutCondition(upload, document, content.hash)
    }

    /// How often an object that others keep changing is tried under a condition.
    private static let triesAgainstOthers = 4

    /// A store whose ETags can't be matched, or a bucket that somebody else keeps writing to.
    private func uploadWithoutCondition(
        _ upload: ObjectUpload,
        _ document: ClaimedDocument,
        _ hash: ContentHash
    ) async throws -> Stamp {
        var upload = upload
        upload.condition = .none
        let version = try await self.stage.objects.put(upload)
        return Stamp(path: document.path, claimNumber: document.claimNumber, hash: hash, etag: version.etag)
    }

    private func holds(_ document: ClaimedDocument) async throws -> Bool {
        try await self.context.store.stillHeld([document], run: self.run).contains(document.path)
    }

    /// Deletes with few requests; no store has conditions for it, so that the leases are looked at right before.
    private func delete(_ documents: [ClaimedDocument], _ results: borrowing Mutex<Results>) async throws {
        guard !documents.isEmpty else { return }
        let held = try await self.context.store.stillHeld(documents, run: self.run)
        let mine = documents.filter { held.contains($0.path) }
        self.context.counters.add("leases_lost", documents.count - mine.count)
        guard !mine.isEmpty else { return }
        let failed = try await self.stage.objects.deleteMany(mine.map(\.path))
        results.withLock { results in
            for document in mine {
                if let error = failed[document.path] {
                    results.failures.append((document, error))
                } else {
                    results.stamps.append(
                        Stamp(path: document.path, claimNumber: document.claimNumber, hash: nil, etag: nil)
                    )
                }
            }
        }
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
