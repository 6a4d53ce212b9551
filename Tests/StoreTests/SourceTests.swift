import Composer
import Store
import TestSupport
import Testing

@Suite struct SourceTests {
    private let minute: Int64 = 60_000

    private func run(_ store: Store) async throws -> Int64 {
        try await store.beginRun(.discover, worker: "test", version: "test")
    }

    @Test(arguments: TestDatabase.allCases)
    func `one run at a time holds a source`(_ database: TestDatabase) async throws {
        try await database.with(connections: 2) { stores in
            let (first, second) = (try await self.run(stores[0]), try await self.run(stores[1]))
            #expect(try await stores[0].leaseSource("s", run: first, leaseMilliseconds: self.minute) != nil)
            #expect(try await stores[1].leaseSource("s", run: second, leaseMilliseconds: self.minute) == nil)
            #expect(try await stores[1].source("s")?.leasedBy == first)
            try await stores[0].releaseSource("s", run: first)
            #expect(try await stores[1].leaseSource("s", run: second, leaseMilliseconds: self.minute) != nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a run that lost the source records nothing`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let (slow, quick) = (try await self.run(store), try await self.run(store))
            _ = try await store.leaseSource("s", run: slow, leaseMilliseconds: -1)
            _ = try await store.leaseSource("s", run: quick, leaseMilliseconds: self.minute)
            let record = PackageRecord(slug: "akismet", revision: 9, dateMilliseconds: nil, paths: [], cleared: [])
            await #expect(throws: StoreError.leaseLost(source: "s")) {
                _ = try await store.recordLog(
                    [record],
                    source: "s",
                    progress: .cursor(9, dateMilliseconds: nil, logFrom: 1),
                    run: slow,
                    leaseMilliseconds: 1
                )
            }
            #expect(try await store.slugs(source: "s").isEmpty)
            #expect(try await store.source("s")?.cursor == nil)
        }
    }

    /// The facts of one package after the given stretches were recorded in the given order.
    private func facts(
        _ store: Store,
        _ stretches: [(records: PackageRecord, progress: Store.Progress)]
    ) async throws -> ClaimedPackage {
        let run = try await self.run(store)
        _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: self.minute)
        for (record, progress) in stretches {
            _ = try await store.recordLog(
                [record],
                source: Store.source,
                progress: progress,
                run: run,
                leaseMilliseconds: self.minute
            )
        }
        return try #require(try await store.claim().first)
    }

    private func record(_ revision: Int64, _ paths: [PathRecord], cleared: [(prefix: String, revision: Int64)] = [])
        -> PackageRecord
    {
        PackageRecord(
            slug: "akismet",
            revision: revision,
            dateMilliseconds: revision * 10,
            paths: paths,
            cleared: cleared
        )
    }

    private func path(_ path: String, _ revision: Int64, appeared: Int64? = nil, removed: Bool = false) -> PathRecord {
        PathRecord(
            path: path,
            revision: revision,
            changedAtMilliseconds: revision * 10,
            appearedRevision: appeared,
            appearedAtMilliseconds: appeared.map { $0 * 10 },
            isRemoved: removed
        )
    }

    @Test(arguments: TestDatabase.allCases)
    func `facts from a backfill complete what the newer log says and never replace it`(_ database: TestDatabase)
        async throws
    {
        let older = self.record(
            5,
            [
                self.path("tags/1", 3, appeared: 2), self.path("tags/2", 4, appeared: 4),
                self.path("tags/3", 5, appeared: 5),
            ]
        )
        let newer = self.record(
            9,
            [self.path("tags/1", 8), self.path("tags/2", 9, removed: true), self.path("tags/3", 7, appeared: 7)]
        )
        let logOfNewer = Store.Progress.cursor(9, dateMilliseconds: nil, logFrom: 6)
        let inOrder = try await database.with { stores in
            try await self.facts(
                stores[0],
                [
                    (older, .cursor(5, dateMilliseconds: nil, logFrom: 1)),
                    (newer, .cursor(9, dateMilliseconds: nil, logFrom: 1)),
                ]
            )
        }
        let backwards = try await database.with { stores in
            try await self.facts(
                stores[0],
                [(newer, logOfNewer), (older, .backfill(from: 1, cursor: 5, isComplete: true))]
            )
        }
        #expect(inOrder.facts == backwards.facts)
        #expect(inOrder.removedPaths == backwards.removedPaths)
        #expect(inOrder.facts["tags/1"]?.appearedAtMilliseconds == 20)
        #expect(inOrder.facts["tags/1"]?.revision == 8)
        #expect(inOrder.facts["tags/3"]?.appearedAtMilliseconds == 70)
        #expect(inOrder.removedPaths == ["tags/2": 9])
    }

    @Test(arguments: TestDatabase.allCases)
    func `a removed directory takes the facts below it along`(_ database: TestDatabase) async throws {
        let claim = try await database.with { stores in
            try await self.facts(
                stores[0],
                [
                    (
                        self.record(3, [self.path("trunk", 3), self.path("tags/1", 2, appeared: 2)]),
                        .cursor(3, dateMilliseconds: nil, logFrom: 1)
                    ),
                    (
                        self.record(6, [self.path("tags/2", 6, appeared: 6)], cleared: [("tags/", 5)]),
                        .cursor(6, dateMilliseconds: nil, logFrom: 1)
                    ),
                ]
            )
        }
        #expect(claim.facts.keys.sorted() == ["tags/2", "trunk"])
        #expect(claim.removedPaths == ["tags/1": 5])
    }

    @Test(arguments: TestDatabase.allCases)
    func `a listing inserts what is new and makes due what vanished`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["gone", "stays"])
            for claim in try await store.claim() { try await store.publish(claim, claim.slug) }
            let run = try await self.run(store)
            _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: self.minute)
            try await store.recordListing(
                ListingSummary(count: 2, etag: nil, scope: nil, revision: 7),
                appeared: ["new"],
                vanished: ["gone"],
                mayAddLog: true,
                source: Store.source,
                run: run
            )
            #expect(try await store.claim().map(\.slug).sorted() == ["gone", "new"])
            #expect(try await store.source(Store.source)?.cursor == 1)
        }
    }
}
