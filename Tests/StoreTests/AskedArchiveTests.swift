import Composer
import Facts
import Store
import TestSupport
import Testing

/// Archives that somebody asks for.
@Suite struct AskedArchiveTests {
    private func package(_ store: Store) async throws -> ArchivedPackage {
        try await store.discover(["akismet"], revision: 1)
        let claim = try #require(try await store.claim().first)
        try await store.list([], of: claim)
        _ = try await store.engine.write { session in
            try session.execute("UPDATE packages SET name = \("acme/\(claim.key)") WHERE id = \(claim.id)")
        }
        return try #require(try await store.archivedPackage(claim.id))
    }

    private func claim(_ store: Store, _ turn: ArchiveTurn, run: RunID = -7) async throws -> ClaimedArchive? {
        guard case .due(let id) = turn else { return nil }
        return try await store.claimArchive(id, run: run, leaseMilliseconds: 86_400_000)
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is wanted is claimed by one`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let package = try await self.package(store)
            let turn = try await store.wantArchive(.wanted("1.0"), of: package)
            #expect(try await store.wantArchive(.wanted("1.0"), of: package) == turn)
            let claim = try #require(try await self.claim(store, turn))
            #expect(claim.packageName == "acme/akismet" && claim.archive.reference == "tags/1.0")
            #expect(try await self.claim(store, turn, run: -8) == nil)
            #expect(try await store.wantArchive(.wanted("1.0"), of: package) == .held)
            try await store.returnArchives(run: -7)
            #expect(try await self.claim(store, turn, run: -8) != nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is there is found, and not wanted again`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let package = try await self.package(store)
            let claim = try #require(
                try await self.claim(store, try await store.wantArchive(.wanted("1.0"), of: package))
            )
            let missing = try await store.askedArchives(of: "acme/akismet", versions: ["1.0"])
            #expect(missing.archives.count == 1 && missing.archives[0].live == nil)
            try await store.store([claim], bytes: "right")
            #expect(try await store.wantArchive(.wanted("1.0"), of: package) == .none)
            let found = try await store.askedArchives(of: "acme/akismet", versions: nil).archives
            let live = try #require(found.first?.live)
            #expect(live.size == 5 && live.content == ContentHash(of: Array("right".utf8)))
            #expect(try await store.keptArchive(at: live.key) == live)
            #expect(try await store.keptArchive(at: "dist/none.zip") == nil)
            #expect(try await store.askedArchives(of: "acme/akismet", versions: ["2.0"]).archives.isEmpty)
            #expect(try await store.askedArchives(of: "acme/other", versions: nil).archives.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what failed is not tried at once, unless it is somewhere else by now`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let package = try await self.package(store)
            let first = try await store.wantArchive(.wanted("1.0"), of: package)
            let claim = try #require(try await self.claim(store, first))
            try await store.failArchives([ArchiveFailure(claim: claim, error: "gone", retryMilliseconds: 86_400_000)])
            #expect(try await store.wantArchive(.wanted("1.0"), of: package) == .none)
            #expect(try await self.claim(store, first) == nil)
            let moved = try await store.wantArchive(.wanted("1.0", url: "https://new.example/1.zip"), of: package)
            #expect(moved == first)
            #expect(try await self.claim(store, moved)?.archive.url == "https://new.example/1.zip")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what was too large is not tried before it may be larger`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let package = try await self.package(store)
            let turn = try await store.wantArchive(.wanted("1.0", maxBytes: 10), of: package)
            let claim = try #require(try await self.claim(store, turn))
            try await store.failArchives([
                ArchiveFailure(claim: claim, error: "large", retryMilliseconds: 0, exceededBytes: 10)
            ])
            #expect(try await store.wantArchive(.wanted("1.0", maxBytes: 10), of: package) == .none)
            #expect(try await store.wantArchive(.wanted("1.0", maxBytes: 20), of: package) == turn)
            #expect(try await self.claim(store, turn) != nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: what is to be confirmed is given to nobody before`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let package = try await self.package(store)
            var wanted = ListedArchive.wanted("1.0")
            wanted.archive.needsConfirmation = true
            let claim = try #require(try await self.claim(store, try await store.wantArchive(wanted, of: package)))
            try await store.store([claim], bytes: "right")
            #expect(try await store.askedArchives(of: "acme/akismet", versions: nil).archives[0].live == nil)
            try await store.passArchiveTime(milliseconds: 600_000)
            #expect(try await store.confirmArchives(source: Store.source, before: store.now()) == 1)
            #expect(try await store.askedArchives(of: "acme/akismet", versions: nil).archives[0].live != nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a bucket that is full gets no more`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let package = try await self.package(store)
            let first = try await store.wantArchive(.wanted("1.0"), of: package)
            try await store.store([#require(try await self.claim(store, first))], bytes: "right")
            guard case .due(let id) = try await store.wantArchive(.wanted("2.0"), of: package) else {
                Issue.record("it is not wanted")
                return
            }
            for (budget, isClaimed) in [(Int64(5), false), (6, true)] {
                let claim = try await store.claimArchive(id, run: -7, leaseMilliseconds: 1_000, budgetBytes: budget)
                #expect((claim != nil) == isClaimed)
            }
        }
    }
}
