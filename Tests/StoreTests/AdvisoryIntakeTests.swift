import Facts
import Store
import TestSupport
import Testing

/// Taking in what feeds of advisories say, as the database has it.
@Suite struct AdvisoryIntakeTests {
    private static let feed: SourceName = "acme"

    private static let lease: Int64 = 86_400_000

    private func records(_ ids: [String], affected: String = "<=1.0") -> [AdvisoryRecord] {
        ids.map { .test($0, of: "acme/kit", affected: affected) }
    }

    @discardableResult
    private func take(
        _ records: [AdvisoryRecord],
        into store: Store,
        scope: AdvisoryScope = .everything,
        run: RunID = 1,
        pageSize: Int = 2_000
    ) async throws -> AdvisoryTally {
        try await store.takeIn(
            records,
            of: Self.feed,
            scope: scope,
            limit: AdvisoryWithdrawalLimit(),
            joins: true,
            run: run,
            leaseMilliseconds: Self.lease,
            pageSize: pageSize
        )
    }

    private func ids(_ store: Store) async throws -> [String] {
        try await store.engine.read { session in
            try session.rows("SELECT id FROM advisories WHERE withdrawn_at_ms IS NULL ORDER BY id").map { try $0["id"] }
        }
    }

    private func lease(_ store: Store, run: RunID) async throws {
        let leased = try await store.leaseAdvisoryFeed(Self.feed, run: run, leaseMilliseconds: Self.lease, period: 0)
        #expect(leased != nil)
    }

    @Test(arguments: TestDatabase.allCases)
    func `a feed that wants rest is not leased before, also by who has not looked`(_ database: TestDatabase)
        async throws
    {
        try await database.with { stores in
            let store = stores[0]
            try await self.lease(store, run: 1)
            try await store.noteUnchanged(advisoryFeed: Self.feed, restMilliseconds: Self.lease, run: 1)
            try await store.releaseAdvisoryFeed(Self.feed, .well, run: 1)
            let second = try await store.leaseAdvisoryFeed(Self.feed, run: 2, leaseMilliseconds: Self.lease, period: 0)
            #expect(second == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P20: who is killed between pages is followed by one who ends with the same`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let all = self.records((0..<30).map { "A\($0 + 10)" })
            try await self.lease(store, run: 1)
            try await self.take(all, into: store, pageSize: 7)
            let changed = Array(all.dropLast(5)) + self.records(["B1", "B2"])
            // As far as two pages, or all that is new and none that goes.
            for part in [changed.suffix(1), changed.suffix(2)] {
                try await self.take(Array(part), into: store, scope: .nothingElse, pageSize: 1)
            }
            let tally = try await self.take(changed, into: store, pageSize: 3)
            #expect(tally.added == 0 && tally.changed == 0 && tally.withdrawn == 5, "\(tally)")
            #expect(try await self.ids(store) == changed.map(\.id).sorted())
            let again = try await self.take(changed, into: store)
            #expect(again == AdvisoryTally(), "\(again)")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P10: who has lost a feed to another run writes nothing`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.lease(store, run: 1)
            _ = try await store.engine.write { session in
                try session.execute("UPDATE advisory_feeds SET lease_until_ms = 1")
            }
            try await self.lease(store, run: 2)
            await #expect(throws: StoreError.leaseLost(source: Self.feed)) {
                try await self.take(self.records(["A"]), into: store, run: 1)
            }
            #expect(try await self.ids(store).isEmpty)
            // Nor does it end the other's lease, or say how its reading ended.
            try await store.releaseAdvisoryFeed(Self.feed, .failed("too late"), run: 1)
            let feed = try #require(try await store.advisoryFeeds().first)
            #expect(feed.leasedBy == 2 && feed.lastError == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a reading that was stopped says nothing of how the feed does`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.lease(store, run: 1)
            try await store.releaseAdvisoryFeed(Self.feed, .failed("it did not answer"), run: 1)
            try await self.lease(store, run: 2)
            try await store.releaseAdvisoryFeed(Self.feed, .interrupted, run: 2)
            let feed = try #require(try await store.advisoryFeeds().first)
            #expect(feed.failingSinceMilliseconds != nil && feed.lastError == "it did not answer")
            #expect(feed.leasedBy == nil)
        }
    }
}
