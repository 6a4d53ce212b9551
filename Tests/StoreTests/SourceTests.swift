import Facts
import Store
import TestSupport
import Testing

@Suite struct SourceTests {
    private let day: Int64 = 86_400_000

    private func run(_ store: Store) async throws -> RunID {
        try await store.beginRun(.discover, worker: "test", version: "test")
    }

    @Test(arguments: TestDatabase.allCases)
    func `one run at a time holds a source`(_ database: TestDatabase) async throws {
        try await database.with(connections: 2) { stores in
            let (first, second) = (try await self.run(stores[0]), try await self.run(stores[1]))
            #expect(try await stores[0].leaseSource("s", run: first, leaseMilliseconds: self.day) != nil)
            #expect(try await stores[1].leaseSource("s", run: second, leaseMilliseconds: self.day) == nil)
            #expect(try await stores[1].source("s")?.leasedBy == first)
            try await stores[0].releaseSource("s", run: first)
            #expect(try await stores[1].leaseSource("s", run: second, leaseMilliseconds: self.day) != nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a run that lost the source records nothing`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let (slow, quick) = (try await self.run(store), try await self.run(store))
            _ = try await store.leaseSource("s", run: slow, leaseMilliseconds: -1)
            _ = try await store.leaseSource("s", run: quick, leaseMilliseconds: self.day)
            let record = PackageRecord(key: "akismet", revision: 9, dateMilliseconds: nil)
            await #expect(throws: StoreError.leaseLost(source: "s")) {
                _ = try await store.recordLog(
                    [record],
                    source: "s",
                    progress: .cursor(9, dateMilliseconds: nil, logFrom: 1),
                    run: slow,
                    leaseMilliseconds: 1
                )
            }
            #expect(try await store.keys(source: "s").isEmpty)
            #expect(try await store.source("s")?.cursor == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a listing inserts what is new and makes due what vanished`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["gone", "stays"])
            for claim in try await store.claim() { try await store.publish(claim, claim.key) }
            let run = try await self.run(store)
            _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: self.day)
            var listing = KeyList()
            for key in ["stays", "new"] { listing.append(key) }
            listing.sort()
            let (appeared, vanished, _) = try await store.reconcile(
                with: listing,
                as: ListingSummary(count: 2, etag: nil, scope: nil, backfillFrom: 18),
                source: Store.source,
                run: run,
                leaseMilliseconds: self.day
            )
            #expect((appeared, vanished) == (1, 1))
            #expect(try await store.source(Store.source)?.backfill?.from == 18)
            #expect(try await store.claim().map(\.key).sorted() == ["gone", "new"])
            #expect(try await store.source(Store.source)?.cursor == 1)
        }
    }
}
