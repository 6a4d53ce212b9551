package import Archives
import Composer
import Facts
import Logging
package import ObjectStorage
package import Resilience
import ServiceLifecycle
import Store
import Upstream

/// Brings archives that are due into the bucket.
///
/// Reads: rows of `archives` that are due, under leases, so that each is fetched once however many workers there are.
/// Writes: the bucket; then what is there, by key and checksums. What a killed one held becomes due again when its lease
/// ends, and nothing else of it is left.
package struct ArchiveFetching: Sendable {
    package struct Configuration: Sendable {
        /// Archives of one source that are at work at once.
        package var archivesAtOnce = 32
        /// Archives of one source that are claimed together.
        package var batchSize = 64
        /// How long is fetched before what is dirty is published: half a million archives take days.
        package var slice: Duration = .seconds(300)
        /// After so many a run ends: a process that works for days is stopped by whoever watches over it.
        package var slices = 8
        package var failureBackoff = RetryPolicy(base: .seconds(120), cap: .seconds(6 * 3_600))
        /// Of what upstream does not have.
        package var absenceBackoff = RetryPolicy(base: .seconds(3_600), cap: .seconds(86_400))

        package init() {}
    }

    /// Why no more is fetched for now.
    enum Ending { case nothingDue, sliceIsOver, bucketIsFull }

    package let context: StageContext
    let configuration: Configuration
    let fetcher: ArchiveFetcher
    let objects: any ObjectStore

    package init(
        context: StageContext,
        configuration: Configuration = Configuration(),
        fetcher: ArchiveFetcher,
        objects: any ObjectStore
    ) {
        self.context = context
        self.configuration = configuration
        self.fetcher = fetcher
        self.objects = objects
    }

    private var sources: [any UpstreamSource] {
        self.context.settings.sources.filter { self.context.settings.archives.policies[$0.name] != nil }
    }

    func due(_ packages: [Int64]?) async throws -> (count: Int, bytes: Int64?) {
        try await self.context.store.dueArchives(sources: self.sources.map(\.name), packages: packages)
    }

    func makeDue(_ packages: [Int64]?) async throws {
        if !self.sources.isEmpty { try await self.context.store.makeArchivesDue(packages: packages) }
    }

    /// Fetches what is due, until that is all, or a slice is over.
    ///
    /// - Parameter packages: Only theirs; nil is everything.
    /// - Returns: Why that was all.
    /// - Throws: ``StoreError``; what is wrong with one archive, one host or the store is recorded with the archives.
    func fetch(run: RunID, packages: [Int64]?) async throws -> Ending {
        let ledger = ArchiveLedger(context: self.context, bucket: self.objects.description, run: run)
        try await ledger.begin()
        let end = ContinuousClock.now + self.configuration.slice
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                // What is there is written while something large still comes in.
                group.addTask { try await ledger.flushEachSecond() }
                try await forEachConcurrently(self.sources, limit: max(1, self.sources.count)) { source in
                    try await self.fetch(source, ledger, run, packages, until: end)
                }
                group.cancelAll()
                try await group.waitForAll()
            }
            try await ledger.flush()
        } catch {
            try await self.returnLeases(run)
            throw error
        }
        // Claimed, and not begun.
        if Task.isShuttingDownGracefully || ledger.isStopped { try await self.returnLeases(run) }
        if ledger.isFull { return .bucketIsFull }
        return Task.isShuttingDownGracefully || ledger.isStopped || ContinuousClock.now < end
            ? .nothingDue : .sliceIsOver
    }

    /// In a task of its own, so that a run that was cancelled returns what it holds too.
    private func returnLeases(_ run: RunID) async throws {
        try await Task { [store = self.context.store] in try await store.returnArchives(run: run) }.value
    }

    private func fetch(
        _ source: any UpstreamSource,
        _ ledger: ArchiveLedger,
        _ run: RunID,
        _ packages: [Int64]?,
        until end: ContinuousClock.Instant
    ) async throws {
        let atOnce = self.context.options.concurrency ?? self.configuration.archivesAtOnce
        try await withThrowingTaskGroup(of: Void.self) { group in
            var (claims, running): (ArraySlice<ClaimedArchive>, Int) = ([], 0)
            while !Task.isShuttingDownGracefully, !ledger.isStopped {
                if running == atOnce {
                    try await group.next()
                    running -= 1
                    // What has ended may have shown that no more is to be fetched.
                    continue
                }
                if claims.isEmpty, ContinuousClock.now < end {
                    let limit = await ledger.budget.take(self.configuration.batchSize)
                    if limit > 0 { claims = try await self.claim(source.name, limit, run, packages)[...] }
                    await ledger.budget.giveBack(limit - claims.count)
                }
                guard let claim = claims.popFirst() else { break }
                group.addTask { try await self.bring(claim, of: source, ledger) }
                running += 1
            }
            try await group.waitForAll()
        }
    }

    private func claim(_ source: SourceName, _ limit: Int, _ run: RunID, _ packages: [Int64]?) async throws
        -> [ClaimedArchive]
    {
        try await self.context.store.claimArchives(
            source: source,
            limit: limit,
            run: run,
            leaseMilliseconds: self.context.settings.leaseMilliseconds,
            budgetBytes: self.context.settings.archives.budgetBytes,
            packages: packages
        )
    }

    private func bring(_ claim: ClaimedArchive, of source: any UpstreamSource, _ ledger: ArchiveLedger) async throws {
        do {
            // One of many megabytes is not waited for when the process has to go.
            let result = try await cancelWhenGracefulShutdown { try await self.result(of: claim, source, ledger) }
            if let result { try await ledger.note(result) }
        } catch is CancellationError where Task.isShuttingDownGracefully {
            // Its lease is returned with the others.
        }
    }

    /// Fetches one archive, checks it and uploads it.
    ///
    /// - Returns: What became of it; nil where nothing is to be said of it.
    /// - Throws: `CancellationError`, `StoreError`.
    func result(
        of claim: ClaimedArchive,
        _ source: any UpstreamSource,
        _ ledger: ArchiveLedger
    ) async throws -> ArchiveResult? {
        let archives = self.context.settings.archives
        let policy = archives.policies[source.name] ?? archives.lazy[source.name]
        do {
            var request = self.request(for: claim, source, policy)
            request.bytesLeft = ledger.bytesLeft
            let fetched = try await self.fetcher.fetch(request)
            let written = fetched.lastModifiedSeconds.map { $0 * 1_000 }
            guard claim.archive.mayBe(writtenAt: written) else {
                return .failed(
                    self.failure(
                        claim,
                        "archive \(fetched.url): upstream still has the bytes of before the last change",
                        self.configuration.failureBackoff
                    ),
                    .behind
                )
            }
            guard var stored = try await self.store(fetched, claim, ledger, writtenAt: written) else {
                return ledger.fill(with: claim)
            }
            // It may be another one than the tag says, and often is: nobody refuses it for that.
            let files = fetched.excerpts.map { ($0.name, $0.bytes) }
            stored.headerVersion = source.headerVersion(in: files, of: claim.packageKey)
            return .stored(stored)
        } catch let error as ArchiveError {
            return self.result(of: error, claim, policy, ledger)
        } catch let error as ObjectStoreError {
            switch error.code {
            case .accessDenied, .noSuchBucket, .wrongRegion, .diskFull:
                // All others would meet it too, each after it was fetched.
                ledger.stop(because: "\(error)")
                return nil
            default: return .failed(self.failure(claim, "\(error)", self.configuration.failureBackoff), .failed)
            }
        }
    }

    private func request(
        for claim: ClaimedArchive,
        _ source: any UpstreamSource,
        _ policy: ArchivePolicy?
    ) -> ArchiveRequest {
        let access = source.archiveAccess
        return ArchiveRequest(
            url: claim.archive.url,
            sourceURL: access.url,
            shasum: claim.archive.shasum,
            credentials: access.credentials,
            maxBytes: policy?.maxBytes.map(Int.init),
            excerpts: source.isVersionFile.map { ExcerptWish(wants: $0) }
        )
    }

    // MARK: Into the bucket

    /// - Returns: nil where the bucket has no room for it.
    private func store(
        _ fetched: FetchedArchive,
        _ claim: ClaimedArchive,
        _ ledger: ArchiveLedger,
        writtenAt written: Int64?
    ) async throws -> StoredArchive? {
        let digests = fetched.archive.digests
        let key = fetched.archive.key.description
        // Equal bytes are one object.
        let isThere = try await self.context.store.isLiveArchive(key)
        let newBytes = isThere ? 0 : digests.size
        guard ledger.takesIn(newBytes) else { return nil }
        var version: ObjectVersion?
        do {
            if !isThere { version = try await self.upload(fetched, as: key) }
        } catch {
            ledger.giveBack(newBytes)
            throw error
        }
        var stored = StoredArchive(
            claim: claim,
            key: key,
            sha256: digests.sha256,
            sha1: digests.sha1Bytes,
            size: Int64(digests.size),
            kind: fetched.archive.kind.rawValue,
            etag: version?.etag,
            fetchedFrom: RequestLabel(method: "GET", url: fetched.url).url,
            lastModifiedMilliseconds: written
        )
        stored.isUploaded = !isThere
        return stored
    }

    /// Without a condition: the key is the hash of the bytes, so that whoever writes writes the same.
    private func upload(_ fetched: FetchedArchive, as key: String) async throws -> ObjectVersion {
        let digests = fetched.archive.digests
        // A file is there as long as this is.
        defer { withExtendedLifetime(fetched) {} }
        var upload: ObjectUpload
        switch fetched.content {
        case .bytes(let bytes, _):
            upload = ObjectUpload(key: key, bytes: bytes, sha256: digests.sha256.hexadecimal)
        case .file(let file, _):
            // Without a name: nobody else can have written to it.
            upload = ObjectUpload(
                key: key,
                file: ObjectFile(path: file.path, size: digests.size, sha256: digests.sha256.hexadecimal, isOwn: true)
            )
        }
        // The key is the SHA-256 that is signed: bytes that were spoilt on the way are refused, or found by any comparison.
        upload.sendsMD5 = false
        upload.contentType = fetched.archive.kind.contentType
        upload.cacheControl = self.context.settings.cacheControl(for: key)
        return try await self.objects.put(upload)
    }
}
