import Composer
import Facts
import Store
import TestSupport
import Testing

@Suite struct SourceTroubleTests {
    private let day: Int64 = 86_400_000

    private func leased(_ store: Store) async throws -> RunID {
        let run = try await store.beginRun(.discover, worker: "test", version: "test")
        _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: self.day)
        return run
    }

    private func record(
        _ store: Store,
        _ run: RunID,
        _ slug: String,
        _ revision: Int64,
        appeared: Int64? = nil
    ) async throws {
        let path = PathRecord(
            path: "tags/\(revision)",
            history: PathHistory(
                last: PathHistory.Event(revision: revision),
                appeared: appeared.map { PathHistory.Event(revision: $0) }
            )
        )
        _ = try await store.recordLog(
            [PackageRecord(key: slug, revision: revision, dateMilliseconds: nil, paths: [path])],
            source: Store.source,
            progress: .cursor(Position(revision), dateMilliseconds: 1, logFrom: 10),
            run: run,
            leaseMilliseconds: self.day
        )
    }

    @Test(arguments: TestDatabase.allCases, [9_000_000_000_000_000_000, Int64.max])
    func `a cursor ahead of upstream is set back to what was taken in, and what came from beyond is dropped`(
        _ database: TestDatabase,
        poison: Int64
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let run = try await self.leased(store)
            try await self.record(store, run, "akismet", 12, appeared: 12)
            try await self.record(store, run, "hello", 15, appeared: 15)
            try await self.record(store, run, "akismet", poison, appeared: poison)
            #expect(try await store.source(Store.source)?.cursor == Position(poison))
            for claim in try await store.claim() { try await store.publish(claim, claim.key) }

            let source = try await store.resetCursor(youngest: 20, run: run)
            #expect(source?.cursor == 15)
            #expect(source?.logFrom == 10)
            let claims = try await store.claim()
            #expect(claims.map(\.key) == ["akismet"])
            #expect(claims.first?.facts.keys.sorted() == ["tags/12"])
            #expect(claims.first?.changedRevision == 15)
            // The log goes on from there, and is heard.
            try await self.record(store, run, "akismet", 16)
            #expect(try await store.source(Store.source)?.cursor == 16)
            await #expect(throws: StoreError.leaseLost(source: Store.source)) {
                _ = try await store.resetCursor(youngest: 20, run: run + 1)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a cursor that no log was read for is set back to the youngest revision`(_ database: TestDatabase) async throws
    {
        try await database.with { stores in
            let run = try await self.leased(stores[0])
            try await stores[0].setFirstCursor(900, source: Store.source, run: run)
            try await stores[0].setFirstCursor(7, source: Store.source, run: run)
            #expect(try await stores[0].source(Store.source)?.cursor == 900)
            #expect(try await stores[0].resetCursor(youngest: 20, run: run)?.cursor == 20)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `since when a source is in trouble is remembered from the first time on`(_ database: TestDatabase) async throws
    {
        try await database.with { stores in
            let store = stores[0]
            try await store.note(isFailing: true, source: Store.source)
            let since = try await store.source(Store.source)?.failingSinceMilliseconds
            #expect(since != nil)
            try await store.note(isFailing: true, source: Store.source)
            #expect(try await store.source(Store.source)?.failingSinceMilliseconds == since)
            _ = try await store.engine.write { session in
                try session.execute("UPDATE sources SET behind_since_ms = \(.now) - 7200000")
            }
            #expect(try await store.note(isBehind: true, source: Store.source) >= 7_200_000)
            #expect(try await store.note(isBehind: false, source: Store.source) == 0)
            try await store.note(isFailing: false, source: Store.source)
            let source = try #require(try await store.source(Store.source))
            #expect(source.failingSinceMilliseconds == nil && source.behindSinceMilliseconds == nil)
        }
    }
}
