import Composer
import Facts
import Store
import TestSupport
import Testing

@Suite struct ArchiveClaimTests {
    @Test(arguments: TestDatabase.allCases)
    func `an archive is fetched once however many workers there are`(_ database: TestDatabase) async throws {
        try await database.with(connections: 2) { stores in
            let wanted = (0..<200).map { ListedArchive.wanted("1.\($0)") }
            try await stores[0].list(wanted, revision: 1)
            let fetched = try await withThrowingTaskGroup(of: [String].self) { group in
                for store in stores {
                    group.addTask {
                        var versions: [String] = []
                        while true {
                            let batch = try await store.claimArchives(7)
                            if batch.isEmpty { return versions }
                            versions += batch.map(\.archive.version)
                            try await store.store(batch)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(fetched.sorted() == wanted.map(\.archive.version).sorted())
            #expect(try await stores[0].archiveTotals().count == 200)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a claim says all that a fetch needs`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            var archive = UpstreamArchive(
                version: "1.0.0.0",
                type: "zip",
                url: "https://x/1",
                reference: "abc",
                shasum: "AB"
            )
            archive.newerThanMilliseconds = 5
            archive.needsConfirmation = true
            try await stores[0].list([ListedArchive(archive, isWanted: true)], revision: 1)
            let claim = try #require(try await stores[0].claimArchives().first)
            #expect(claim.archive == archive && archive.shasum == "ab")
            #expect(claim.packageKey == "akismet" && claim.source == Store.source && claim.attempts == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P10: a worker that was killed leaves nothing, and one that wakes late writes nothing`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0")], revision: 1)
            let late = try await store.claimArchives(leaseMilliseconds: -1)
            let again = try await store.claimArchives()
            #expect(late.map(\.id) == again.map(\.id))
            #expect(try await store.claimArchives().isEmpty)
            #expect(try await store.store(late, bytes: "late") == WrittenArchives(lost: 1))
            try await store.failArchives(late.map { ArchiveFailure(claim: $0, error: "late", retryMilliseconds: 1) })
            try await store.postponeArchives(late.map { ($0, 0) })
            #expect(try await store.claimArchives().isEmpty)
            #expect(try await store.archiveTotals().count == 0)
            #expect(try await store.store(again, bytes: "right") == WrittenArchives(written: 1, newBytes: 5))
            // Whoever has not heard that it was written writes it again.
            #expect(try await store.store(again, bytes: "right").lost == 1)
            let totals = try await store.archiveTotals()
            #expect(totals == (1, 5))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what was postponed comes after what has waited longer`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list(["1.0", "2.0", "3.0"].map { .wanted($0) }, revision: 1)
            _ = try await store.engine.write { try $0.execute("UPDATE archives SET due_at_ms = due_at_ms - 1000") }
            let run = try await store.beginRun(.sync, worker: "test", version: "test")
            let claims = try await store.claimArchives(run: run)
            try await store.postponeArchives([(claims[0], 0)])
            try await store.returnArchives(run: run)
            let again = try await store.claimArchives()
            #expect(again.map(\.id) == [claims[1].id, claims[2].id, claims[0].id])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `claims that are returned or postponed are no failures`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0")], revision: 1)
            let run = try await store.beginRun(.sync, worker: "test", version: "test")
            #expect(try await store.claimArchives(run: run).count == 1)
            try await store.returnArchives(run: run)
            let claims = try await store.claimArchives()
            try await store.postponeArchives(claims.map { ($0, 60_000) })
            #expect(try await store.claimArchives().isEmpty)
            try await store.passArchiveTime(milliseconds: 60_000)
            #expect(try await store.claimArchives().map(\.attempts) == [0])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P18: an archive that fails waits, and holds no other back`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0"), .wanted("2.0")], revision: 1)
            let claims = try await store.claimArchives()
            let failure = ArchiveFailure(claim: claims[0], error: "status 404", retryMilliseconds: 60_000)
            try await store.failArchives([failure])
            try await store.store([claims[1]])
            #expect(try await store.claimArchives().isEmpty)
            #expect(try await store.liveArchives().map(\.version) == [claims[1].archive.version])
            try await store.passArchiveTime(milliseconds: 60_000)
            #expect(try await store.claimArchives().map(\.attempts) == [1])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `an archive that is too large is not tried again before it may be larger`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0", maxBytes: 10)], revision: 1)
            let claim = try #require(try await store.claimArchives().first)
            let failure = ArchiveFailure(claim: claim, error: "large", retryMilliseconds: 0, exceededBytes: 10)
            try await store.failArchives([failure])
            #expect(try await store.claimArchives().isEmpty)
            try await store.list([.wanted("1.0", maxBytes: 10)], revision: 2)
            #expect(try await store.claimArchives().isEmpty)
            try await store.list([.wanted("1.0", maxBytes: 11)], revision: 3)
            #expect(try await store.claimArchives().count == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a bucket that is full gets no more, and what is due stays so`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0"), .wanted("2.0")], revision: 1)
            try await store.store(try await store.claimArchives(1, budgetBytes: 5), bytes: "12345")
            #expect(try await store.claimArchives(budgetBytes: 5).isEmpty)
            let due = try await store.dueArchives(sources: [Store.source, "other"])
            #expect(due.count == 1 && due.bytes == 5)
            #expect(try await store.dueArchives(sources: ["other"]).count == 0)
            #expect(try await store.claimArchives(budgetBytes: 6).count == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `equal bytes are one object, which nothing of ours makes dirty`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0"), .wanted("2.0")], revision: 1)
            try await store.list([.wanted("1.0")], of: "hello-dolly", revision: 2)
            let claims = try await store.claimArchives()
            #expect(claims.count == 3)
            let written = try await store.store(claims, bytes: "same")
            #expect(written == WrittenArchives(written: 3, newBytes: 4))
            let totals = try await store.archiveTotals()
            #expect(totals == (1, 4))
            #expect(Set(try await store.liveArchives().map(\.key)).count == 1)
            #expect(try await store.markForUpload(paths: nil) == 0)
            #expect(try await store.markForUpload(paths: nil, movingTo: "elsewhere") == 0)
            try await store.moveBucket(to: "elsewhere again")
            #expect(try await store.claimDocuments(kind: .archive).isEmpty)
            #expect(try await store.liveArchives().count == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `an archive that went to another bucket than the known one is not recorded`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0")], revision: 1)
            _ = try await store.noteBucket("new", insteadOf: nil)
            let claim = try #require(try await store.claimArchives().first)
            await #expect(throws: StoreError.bucketMoved(to: "new")) {
                try await store.finishArchives([claim.stored("x")], bucket: "old", run: 1)
            }
            #expect(try await store.finishArchives([claim.stored("x")], bucket: "new", run: 1).written == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a run that is at work keeps its archives`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0")], revision: 1)
            let run = try await store.beginRun(.sync, worker: "test", version: "test")
            let claims = try await store.claimArchives(leaseMilliseconds: 20_000, run: run)
            try await store.renewLeases(run: run, leaseMilliseconds: 90_000)
            let left: Int64 = try await store.engine.read { session in
                try session.rows("SELECT lease_until_ms - \(.now) AS remaining FROM archives")[0]["remaining"]
            }
            #expect(claims.count == 1 && left > 20_000)
        }
    }
}
