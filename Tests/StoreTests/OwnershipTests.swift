import Facts
import Store
import TestSupport
import Testing

/// Names that go from one source to another, as the database sees it.
@Suite struct OwnershipTests {
    private static let (first, second): (SourceName, SourceName) = ("composer:first", "composer:second")
    private static let sources = [OwningSource(name: Self.first), OwningSource(name: Self.second)]
    private static let name = "acme/a"
    private static let path = "p2/acme/a.json"

    /// A claimed package of each source, both of one key.
    private func claims(_ store: Store) async throws -> [ClaimedPackage] {
        var claims: [ClaimedPackage] = []
        for source in [Self.first, Self.second] {
            try await store.discover([Self.name], source: source)
            claims += try await store.claim(source: source)
        }
        try #require(claims.count == 2)
        return claims
    }

    private func write(_ claim: ClaimedPackage, _ text: String?, _ store: Store) async throws -> WrittenResults {
        let result = PackageResult(
            claim: claim,
            state: .active,
            payload: StoredPayload([PayloadPart(name: PayloadPart.whole, bytes: Array("{}".utf8))]),
            format: 1,
            documents: [(Self.path, text.map { Blob(of: Array($0.utf8)) })],
            isSettled: true,
            looks: 0,
            nextLook: .after(0)
        )
        return try await store.finish([result], run: 1)
    }

    private func published(_ store: Store) async throws -> String? {
        try await store.document(at: Self.path).map { String(decoding: try $0.content.content(), as: UTF8.self) }
    }

    @Test(arguments: TestDatabase.allCases, ["same", "other"])
    func `P15: a document that goes to another package stays, whatever becomes of the one that had it`(
        _ database: TestDatabase,
        _ text: String
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let claims = try await self.claims(store)
            #expect(try await self.write(claims[1], "same", store).documentsChanged == 1)
            _ = try await self.write(claims[0], text, store)
            // Who had it may have it again: it is derived anew then, and not taken for done.
            let run = try await store.beginRun(.update, worker: "test", version: "test")
            let outdated = try await store.claimOutdated(
                source: Self.second,
                format: 1,
                limit: 9,
                run: run,
                leaseMilliseconds: 86_400_000
            )
            #expect(outdated.map(\.key) == [Self.name])
            let loser = try #require(outdated.first)
            #expect(try await self.write(loser, nil, store).documentsWithdrawn == 0)
            #expect(try await self.published(store) == text)
            // What its own package withdraws goes.
            let winner = try #require(try await store.claim(source: Self.first).first)
            #expect(try await self.write(winner, nil, store).documentsWithdrawn == 1)
            #expect(try await self.published(store) == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: a document that was withdrawn is written by its new package, and uploaded once`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let claims = try await self.claims(store)
            _ = try await self.write(claims[1], "second", store)
            let uploaded = try await store.claimDocuments()
            #expect(try await store.stampDeployed(uploaded.map(\.stamp), run: 1) == 0)
            let loser = try #require(try await store.claim(source: Self.second).first)
            _ = try await self.write(loser, nil, store)
            // A worker of `sync` is just deleting it when the winner writes.
            let deleting = try await store.claimDocuments()
            #expect(deleting.map(\.content) == [nil])
            _ = try await self.write(claims[0], "first", store)
            #expect(try await store.stampDeployed(deleting.map(\.stamp), run: 1) == 0)
            #expect(try await self.published(store) == "first")
            #expect(try await store.claimDocuments().map { $0.content != nil } == [true])
        }
    }

    /// The second source has `acme/a` published and `acme/b` claimed, and is named under the present terms.
    private func withBoth(
        _ database: TestDatabase,
        _ body: (Store, Ownership, ClaimedPackage) async throws -> Void
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover([], source: Self.first)
            try await store.noteVendorsListed(source: Self.first)
            try await store.discover(["acme/a", "acme/b", "other/c"], source: Self.second)
            let ownership = try await store.ownership(of: Self.sources)
            let rule = ownership.rule(of: Self.second, own: "own") { $0 }
            let naming = ownership.naming(of: Self.second)
            #expect(try await store.rename(source: Self.second, from: naming, by: rule, run: 1)?.named == 3)
            try await store.setTerms(ownership.terms(of: Self.second), of: Self.second)
            let claims = try await store.claim(source: Self.second, naming: rule.id)
            _ = try await self.write(claims[0], "second", store)
            try await store.postpone([(claims[2], 0)])
            try await body(store, try await store.ownership(of: Self.sources), claims[1])
        }
    }

    private func names(_ store: Store) async throws -> [String?] {
        try await store.engine.read { session in
            try session.rows("SELECT name FROM packages WHERE source = \(Self.second) ORDER BY key").map {
                try $0["name"]
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: a vendor is recorded and its names taken in one transaction, which a kill undoes as a whole`(
        _ database: TestDatabase
    ) async throws {
        try await self.withBoth(database) { store, ownership, claim in
            for statements in 2..<10 {
                let dying = Store(engine: WatchedEngine.dying(store.engine, statements: statements))
                await #expect(throws: WatchedEngine.Died.self) {
                    _ = try await dying.addVendors(["acme": "acme/x"], to: Self.first, ownership, run: 1)
                }
                #expect(try await self.names(store) == ["acme/a", "acme/b", "other/c"])
                #expect(try await self.published(store) == "second")
            }
            for taken in [(2, 1), (0, 0)] {
                let result = try await store.addVendors(["acme": "acme/x"], to: Self.first, ownership, run: 1)
                #expect(result == taken)
            }
            #expect(try await self.names(store) == [nil, nil, "other/c"])
            #expect(try await self.published(store) == nil)
            // Who was at work on another of them writes nothing.
            #expect(try await self.write(claim, "late", store).lost == 1)
            let owner = try await store.ownership(of: Self.sources).owner(of: "acme/new")
            #expect(owner?.source == Self.first)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: by a rule that was made before a vendor was recorded nothing is named and nothing claimed`(
        _ database: TestDatabase
    ) async throws {
        try await self.withBoth(database) { store, ownership, _ in
            // Settings of a worker that began before, and has only now come to naming.
            let stale = ownership.rule(of: Self.second, own: "changed") { $0 }
            _ = try await store.addVendors(["acme": "acme/x"], to: Self.first, ownership, run: 1)
            let naming = ownership.naming(of: Self.second)
            #expect(try await store.rename(source: Self.second, from: naming, by: stale, run: 1) == Store.Naming())
            #expect(try await self.names(store) == [nil, nil, "other/c"])
            #expect(try await store.claim(source: Self.second, naming: stale.id).isEmpty)
            let fresh = try await store.ownership(of: Self.sources)
            let rule = fresh.rule(of: Self.second, own: "own") { $0 }
            _ = try await store.rename(source: Self.second, from: fresh.naming(of: Self.second), by: rule, run: 1)
            #expect(try await store.claim(source: Self.second, naming: rule.id).contains { $0.name == "other/c" })
            #expect(try await self.names(store) == [nil, nil, "other/c"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: what is taken in for others by a rule of before is asked about by nobody until it has its name`(
        _ database: TestDatabase
    ) async throws {
        try await self.withBoth(database) { store, ownership, claim in
            let stale = ownership.rule(of: Self.second, own: "own") { $0 }
            _ = try await store.addVendors(["other": "other/x"], to: Self.first, ownership, run: 1)
            // Another worker begins, and its pass has gone by when the first one writes.
            let fresh = try await store.ownership(of: Self.sources)
            let rule = fresh.rule(of: Self.second, own: "own") { $0 }
            _ = try await store.rename(source: Self.second, from: fresh.naming(of: Self.second), by: rule, run: 1)
            var result = PackageResult(
                claim: claim,
                state: .active,
                format: 1,
                isSettled: true,
                looks: 0,
                nextLook: .never
            )
            result.requires = ["other/new"]
            let requirements = RequirementRule(limit: 9, naming: stale) { _ in false }
            let written = try await store.finish([result], requirements: requirements, run: 1)
            #expect(written.lost == 0 && written.requirements.added == 1)
            #expect(try await store.claim(source: Self.second, naming: rule.id).isEmpty)
            let now = try await store.ownership(of: Self.sources).naming(of: Self.second)
            _ = try await store.rename(source: Self.second, from: now, by: rule, run: 1)
            #expect(try await self.names(store) == ["acme/a", "acme/b", nil, nil])
            #expect(try await !store.claim(source: Self.second, naming: rule.id).contains { $0.name == "other/new" })
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P15: a pass over names stops where a vendor is recorded meanwhile`(_ database: TestDatabase) async throws {
        try await self.withBoth(database) { store, ownership, _ in
            let stale = ownership.rule(of: Self.second, own: "changed") { "\($0)-new" }
            // One begins the pass, each page is another.
            let engine = WatchedEngine.interrupted(store.engine, beforeWrite: 3) {
                _ = try await store.addVendors(["other": "other/x"], to: Self.first, ownership, run: 1)
            }
            let watched = Store(engine: engine)
            let naming = ownership.naming(of: Self.second)
            _ = try await watched.rename(source: Self.second, from: naming, by: stale, run: 1, pageSize: 1)
            #expect(try await self.names(store) == ["acme/a-new", "acme/b", nil])
        }
    }
}
