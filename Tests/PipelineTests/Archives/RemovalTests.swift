import Archives
import Command
import Composer
import Facts
import ObjectStorage
import Pipeline
import ServiceLifecycle
import Store
import Synchronization
import TestSupport
import Testing

/// `sync remove-archives` removes what a person wants to be gone, and never what a document names.
@Suite struct RemovalTests: KeptRepository {
    private func remove(
        _ pipeline: Pipeline,
        isDryRun: Bool = false,
        pageSize: Int = 500,
        _ change: (inout ArchiveRemoval) -> Void
    ) async throws -> StageOutcome {
        var removal = ArchiveRemoval()
        change(&removal)
        var options = StageOptions()
        options.isDryRun = isDryRun
        var configuration = RemovalStage.Configuration(removal: removal)
        configuration.pageSize = pageSize
        return try await pipeline.run(.sync, options) { context, connections in
            try await RemovalStage(
                context: context,
                configuration: configuration,
                objects: pipeline.objects(connections)
            ).run()
        }
    }

    private struct Kept: Sendable {
        var former: ClaimedArchive
        var current: [ClaimedArchive]
    }

    private func with(
        _ place: ArchiveBucket,
        _ body: (Pipeline, WrittenRepository, Kept) async throws -> Void
    ) async throws {
        try await self.with(place.database) { pipeline, repository in
            try await place.with(pipeline) { pipeline in
                try await body(pipeline, repository, self.moveTag(pipeline, repository))
            }
        }
    }

    /// A version whose tag has moved: the former archive is of no version that upstream lists.
    private func moveTag(_ pipeline: Pipeline, _ repository: WrittenRepository) async throws -> Kept {
        try repository.write(self.main, self.text([("2.0.0", "b"), ("1.0.0", "a")]))
        try await pipeline.round()
        let claims = try await pipeline.claimArchives().sorted { $0.archive.version < $1.archive.version }
        try await pipeline.store(claims)
        try await pipeline.sync()
        try repository.write(self.main, self.text([("2.0.0", "b"), ("1.0.0", "moved")]))
        try await self.lookAgain(pipeline)
        let moved = try await pipeline.claimArchives()
        try await pipeline.store(moved)
        try await pipeline.sync()
        return Kept(former: claims[0], current: [claims[1]] + moved)
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: only what no document names is removed, and only when it is said twice`(_ place: ArchiveBucket)
        async throws
    {
        try await self.with(place) { pipeline, _, archives in
            let orphan = Array("orphan".utf8)
            let orphanKey = ArchiveKey(sha256: ContentHash(of: orphan), kind: .zip).description
            try await pipeline.put(orphanKey, orphan)
            #expect(try await pipeline.verify(repairs: true).exit == .done)
            let (stored, rows) = (try await pipeline.stored(), try await pipeline.rows())
            for change in [{ $0.olderThanMilliseconds = -3_600_000 }] as [(inout ArchiveRemoval) -> Void] {
                let dry = try await self.remove(pipeline, isDryRun: true, change)
                #expect(dry.counters[.wouldRemove] == 2 && dry.counters[.archivesKept] == 2)
                #expect(
                    dry.notes.contains { $0.contains("would remove 2 archives of \(archives.former.bytes.count + 6)") }
                )
            }
            #expect(try await pipeline.stored() == stored)
            #expect(try await pipeline.rows() == rows)

            let totals = try await pipeline.store.archiveTotals()
            let unlisted = try await self.remove(pipeline) { $0.isUnlisted = true }
            #expect(unlisted.exit == .done && unlisted.counters[.archivesRemoved] == 1)
            var expected = stored
            expected[archives.former.key] = nil
            #expect(try await pipeline.stored() == expected)
            let orphans = try await self.remove(pipeline) { $0.isOrphan = true }
            #expect(orphans.counters[.archivesRemoved] == 1 && orphans.counters[.bytesRemoved] == 6)
            expected[orphanKey] = nil
            #expect(try await pipeline.stored() == expected)
            let left = try await pipeline.store.archiveTotals()
            #expect(left.count == totals.count - 2)
            #expect(left.bytes == totals.bytes - 6 - Int64(archives.former.bytes.count))
            // Everything that is left is right, and nothing that was removed is wanted.
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
            #expect(try await pipeline.claimArchives().isEmpty)
            try await pipeline.sync()
            #expect(try await pipeline.stored() == expected)
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: what a document in the bucket names stays, also where this database knows nothing of it`(
        _ place: ArchiveBucket
    ) async throws {
        try await self.with(place) { pipeline, _, archives in
            let document = #"{"packages":{"x/y":[{"dist":{"url":"https:\/\/a\/\#(archives.former.key)"}}]}}"#
            try await pipeline.put("p2/x/y.json", Array(document.utf8))
            let outcome = try await self.remove(pipeline) { $0.isUnlisted = true }
            #expect(outcome.counters[.archivesRemoved, default: 0] == 0 && outcome.counters[.archivesKept] == 1)
            #expect(try await pipeline.stored("dist/")[archives.former.key] == archives.former.bytes)
            #expect(try await pipeline.store.liveArchiveCount() == 3, "it is live again")
            try await pipeline.remove("p2/x/y.json")
            #expect(try await self.remove(pipeline) { $0.isUnlisted = true }.counters[.archivesRemoved] == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P1: what somebody is at work on, or is fetching, is left alone`(_ database: TestDatabase) async throws {
        try await self.with(database == .sqlite ? .sqliteAndS3 : .postgresAndS3) { pipeline, repository, archives in
            let stored = try await pipeline.stored("dist/")
            // Somebody derives documents of the package, from what was live before.
            let source = archives.former.source
            let updating = try await pipeline.store.beginRun(.update, worker: "test", version: "test")
            _ = try await pipeline.store.makeDue(ids: nil)
            let claimed = try await pipeline.store.claimDue(
                source: source,
                limit: 10,
                run: updating,
                leaseMilliseconds: 86_400_000,
                loadsArchives: true
            )
            #expect(claimed.first?.archives.count == 3)
            let kept = try await self.remove(pipeline) { $0.isUnlisted = true }
            #expect(kept.counters[.archivesKept] == 1)
            #expect(try await pipeline.stored("dist/") == stored)
            try await pipeline.store.returnPackages(run: updating)
            // A tag moves: somebody fetches what could have just these bytes.
            try repository.write(self.main, self.text([("2.0.0", "c"), ("1.0.0", "moved")]))
            try await self.lookAgain(pipeline)
            let claims = try await pipeline.claimArchives()
            #expect(claims.count == 1)
            await #expect(throws: GuardRefusal.self) { try await self.remove(pipeline) { $0.isUnlisted = true } }
            #expect(try await pipeline.stored("dist/") == stored)
            try await pipeline.store(claims)
            try await pipeline.sync()
            #expect(try await self.remove(pipeline) { $0.isUnlisted = true }.counters[.archivesRemoved] == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P1: an archive that is fetched again while it is removed is there afterwards`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database == .sqlite ? .sqliteAndS3 : .postgresAndS3) { pipeline, repository, archives in
            // The tag moves back right before the deletion, and whoever fetches asks for something to do.
            var racing = pipeline
            racing.wrap = { store in
                DeletionStore(store) {
                    try repository.write(self.main, self.text([("2.0.0", "b"), ("1.0.0", "a")]))
                    try await self.lookAgain(pipeline)
                    #expect(try await pipeline.claimArchives().isEmpty, "not while something is removed")
                }
            }
            #expect(try await self.remove(racing) { $0.isUnlisted = true }.counters[.archivesRemoved] == 1)
            #expect(try await pipeline.storedText(self.main)?.contains(archives.former.key) == false)
            // What was removed is wanted again.
            try await self.lookAgain(pipeline)
            let claims = try await pipeline.claimArchives()
            #expect(claims.map(\.archive) == [archives.former.archive])
            try await pipeline.store(claims)
            try await pipeline.sync()
            #expect(try await pipeline.storedText(self.main)?.contains(archives.former.ours) == true)
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: what was deleted by a request that was cancelled is not named again`(_ database: TestDatabase)
        async throws
    {
        try await self.with(database == .sqlite ? .sqliteAndS3 : .postgresAndS3) { pipeline, repository, archives in
            var cancelled = pipeline
            cancelled.wrap = { DeletionStore($0, after: { throw CancellationError() }) }
            await #expect(throws: CancellationError.self) { try await self.remove(cancelled) { $0.isUnlisted = true } }
            #expect(try await pipeline.stored("dist/")[archives.former.key] == nil)
            #expect(try await pipeline.store.liveArchiveCount() == 2)
            // The tag moves back: what is gone is fetched before it is named.
            try repository.write(self.main, self.text([("2.0.0", "b"), ("1.0.0", "a")]))
            try await self.lookAgain(pipeline)
            #expect(try await pipeline.storedText(self.main)?.contains(archives.former.key) == false)
            #expect(try await self.remove(pipeline) { $0.isUnlisted = true }.exit == .done)
            #expect(try await pipeline.stored("dist/").count == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: a repair takes in nothing of what is being removed`(_ database: TestDatabase) async throws {
        try await self.with(database == .sqlite ? .sqliteAndS3 : .postgresAndS3) { pipeline, _, archives in
            var racing = pipeline
            racing.wrap = { store in
                DeletionStore(store) {
                    await #expect(throws: GuardRefusal.self) { try await pipeline.verify(repairs: true) }
                }
            }
            let outcome = try await self.remove(racing) { $0.isUnlisted = true }
            #expect(outcome.counters[.archivesRemoved] == 1)
            #expect(try await pipeline.stored("dist/")[archives.former.key] == nil)
            #expect(try await pipeline.store.liveArchiveCount() == 2)
            #expect(try await pipeline.verify(repairs: true).exit == .done)
        }
    }

    private struct Removing: Service {
        let remove: @Sendable () async throws -> Void

        func run() async throws { try await self.remove() }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a removal that is stopped ends with the page that it is at, and what is left is live as before`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database == .sqlite ? .sqliteAndS3 : .postgresAndS3) { pipeline, _, _ in
            for orphan in ["one", "two", "three"].map({ Array($0.utf8) }) {
                try await pipeline.put(ArchiveKey(sha256: ContentHash(of: orphan), kind: .zip).description, orphan)
            }
            #expect(try await pipeline.verify(repairs: true).exit == .done)
            let (stored, live) = (try await pipeline.stored(), try await pipeline.store.liveArchiveCount())
            let stop = Mutex<(@Sendable () async -> Void)?>(nil)
            let outcome = Mutex<StageOutcome?>(nil)
            var stopped = pipeline
            stopped.wrap = { store in
                DeletionStore(store) {
                    await stop.withLock { $0 }?()
                    while !Task.isShuttingDownGracefully { await Task.yield() }
                }
            }
            let removing = Removing { [stopped] in
                let ended = try await self.remove(stopped, pageSize: 1) { $0.isOrphan = true }
                outcome.withLock { $0 = ended }
            }
            let group = ServiceGroup(services: [removing], logger: Pipeline.logger)
            stop.withLock { $0 = { await group.triggerGracefulShutdown() } }
            try await group.run()
            let ended = try #require(outcome.withLock { $0 })
            #expect(ended.exit == .terminated && ended.counters[.archivesRemoved] == 1)
            #expect(try await pipeline.stored().count == stored.count - 1)
            #expect(try await pipeline.store.liveArchiveCount() == live - 1)
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
            // Nobody waits for it.
            #expect(try await self.remove(pipeline) { $0.isOrphan = true }.counters[.archivesRemoved] == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a removal that was killed anywhere leaves nothing named that is not there`(_ database: TestDatabase)
        async throws
    {
        try await self.with(database == .sqlite ? .sqliteAndS3 : .postgresAndS3) { pipeline, _, archives in
            var isDone = false
            for steps in 0..<100 where !isDone {
                let lifeline = Lifeline(steps: steps)
                let engine = MortalEngine(engine: pipeline.store.engine, lifeline: lifeline)
                var dying = Pipeline(
                    sandbox: pipeline.sandbox,
                    store: Store(engine: engine),
                    settings: pipeline.settings
                )
                dying.wrap = { MortalStore(store: $0, lifeline: lifeline) }
                isDone = (try? await self.remove(dying) { $0.isUnlisted = true })?.exit == .done
                let stored = try await pipeline.stored("dist/")
                for archive in archives.current { #expect(stored[archive.key] == archive.bytes) }
            }
            #expect(isDone)
            #expect(try await pipeline.stored("dist/")[archives.former.key] == nil)
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
        }
    }
}

/// A bucket in which something happens right before a deletion, or right after it and before its answer.
private final class DeletionStore: ObjectStore {
    private let store: any ObjectStore
    private let action: @Sendable () async throws -> Void
    private let afterwards: @Sendable () async throws -> Void

    init(
        _ store: any ObjectStore,
        _ action: @escaping @Sendable () async throws -> Void = {},
        after afterwards: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.store = store
        self.action = action
        self.afterwards = afterwards
    }

    var description: String { self.store.description }

    func deleteMany(_ keys: [String]) async throws -> [String: ObjectStoreError] {
        do { try await self.action() } catch { Issue.record("\(error)") }
        let failures = try await self.store.deleteMany(keys)
        try await self.afterwards()
        return failures
    }

    func list(prefix: String, continuing token: String?) async throws -> ObjectPage {
        try await self.store.list(prefix: prefix, continuing: token)
    }
    func put(_ object: ObjectUpload) async throws -> ObjectVersion { try await self.store.put(object) }
    func delete(_ key: String) async throws { try await self.store.delete(key) }
    func head(_ key: String) async throws -> ObjectVersion? { try await self.store.head(key) }
    func get(_ key: String, maxBytes: Int) async throws -> (bytes: [UInt8], version: ObjectVersion)? {
        try await self.store.get(key, maxBytes: maxBytes)
    }
    func check() async throws { try await self.store.check() }
    func detectConditions() async throws -> Bool { try await self.store.detectConditions() }
}
