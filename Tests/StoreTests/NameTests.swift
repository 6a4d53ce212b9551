import Facts
import Store
import TestSupport
import Testing

@Suite struct NameTests {
    private func names(_ store: Store) async throws -> [String?] {
        try await store.engine.read { try $0.rows("SELECT name FROM packages ORDER BY key").map { try $0["name"] } }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a new rule names every package once, publishes it anew without a request, and withdraws the old names`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["a", "b", "c"])
            for claim in try await store.claim() { try await store.publish(claim, claim.key, payload: "{}") }
            for pageSize in [1, 2] {
                let naming = try await store.rename(source: Store.source, rule: "one", run: 1, pageSize: pageSize) {
                    "wp-plugin/\($0)"
                }
                // Their documents have these names already.
                #expect(naming == (pageSize == 1 ? Store.Naming(named: 3) : nil))
            }
            #expect(try await store.dirtyCount().deletes == 0)
            let worker = try #require(try await store.outdated(limit: 1).first)
            #expect(
                try await store.rename(source: Store.source, rule: "two", run: 1, pageSize: 2) { "new/\($0)" }
                    == Store.Naming(named: 3, documentsWithdrawn: 3)
            )
            #expect(try await self.names(store) == ["new/a", "new/b", "new/c"])
            #expect(try await store.dirtyCount() == (0, 0))
            // Who was at work under the old name writes nothing more.
            #expect(try await store.publish(worker, "late").lost == 1)
            let outdated = try await store.outdated(limit: 9)
            #expect(
                outdated.map(\.name) == ["new/a", "new/b", "new/c"] && outdated.allSatisfy { $0.derivedKey == nil }
            )
            #expect(try await store.claim().isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `names may change places; a second package of one name has none and stops nobody`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["a", "b", "c", "d"])
            let places = ["a": "n/2", "b": "n/1", "c": "n/3", "d": "n/3"]
            let first = try await store.rename(source: Store.source, rule: "one", run: 1, pageSize: 1) { "n/\($0)" }
            #expect(first == Store.Naming(named: 4))
            let naming = try await store.rename(source: Store.source, rule: "two", run: 1, pageSize: 1) { places[$0] }
            #expect(naming?.colliding == 1)
            #expect(try await self.names(store) == ["n/2", "n/1", "n/3", nil])
            _ = try await store.rename(source: Store.source, rule: "three", run: 1, pageSize: 3) {
                ["a": "n/1", "b": "n/2", "c": "n/4", "d": "n/3"][$0]
            }
            #expect(try await self.names(store) == ["n/1", "n/2", "n/4", "n/3"])
            // The same in a batch of new packages.
            let run = try await store.beginRun(.discover, worker: "test", version: "test")
            _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: 86_400_000)
            let records = ["e", "f"].map { PackageRecord(key: $0, revision: 2, dateMilliseconds: nil) }
            #expect(
                try await store.recordLog(
                    records,
                    source: Store.source,
                    progress: .cursor(2, dateMilliseconds: nil, logFrom: 1),
                    run: run,
                    leaseMilliseconds: 86_400_000,
                    rule: Store.NameRule("three") { _ in "n/5" }
                ) == 2
            )
            #expect(try await self.names(store).suffix(2) == ["n/5", nil])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `naming that is killed anywhere, and by several at once, comes to the same`(
        _ database: TestDatabase
    ) async throws {
        try await database.with(connections: 3) { stores in
            let keys = (0..<12).map { "p\($0)" }
            try await stores[0].discover(keys)
            func place(_ shift: Int) -> @Sendable (String) -> String? {
                { key in Int(key.dropFirst()).map { "n/\(($0 + shift) % 12)" } }
            }
            for writes in 0..<4 {
                let dying = Store(engine: WatchedEngine.dying(stores[0].engine, afterWrites: writes))
                await #expect(throws: WatchedEngine.Died.self) {
                    try await dying.rename(source: Store.source, rule: "1", run: 1, pageSize: 2, name: place(1))
                }
            }
            for shift in 1...4 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for store in stores {
                        group.addTask {
                            let rule = "\(shift)"
                            _ = try await store.rename(
                                source: Store.source,
                                rule: rule,
                                run: 1,
                                pageSize: 3,
                                name: place(shift)
                            )
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await self.names(stores[0]) == keys.sorted().map(place(shift)))
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `who has another rule than the last pass claims nothing, also while that pass goes on`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            func named(_ vendor: String) -> @Sendable (String) -> String? { { "\(vendor)/\($0)" } }
            func isClaimed(by rule: String) async throws -> Bool {
                let due = try await store.claim(naming: rule)
                let outdated = try await store.outdated(naming: rule)
                try await store.postpone(due.map { ($0, 0) } + outdated.map { ($0, 3_600_000) })
                #expect(due.isEmpty == outdated.isEmpty)
                return !due.isEmpty
            }
            try await store.discover(["a", "b", "c"])
            for claim in try await store.claim(2) { try await store.publish(claim, claim.key, payload: "{}") }
            _ = try await store.rename(source: Store.source, rule: "one", run: 1, name: named("one"))
            #expect(try await isClaimed(by: "one"))
            let dying = Store(engine: WatchedEngine.dying(store.engine, afterWrites: 2))
            await #expect(throws: WatchedEngine.Died.self) {
                try await dying.rename(source: Store.source, rule: "two", run: 1, pageSize: 1, name: named("two"))
            }
            #expect(try await self.names(store) == ["two/a", "one/b", "one/c"])
            for rule in ["one", "two"] { #expect(try await !isClaimed(by: rule)) }
            _ = try await store.rename(source: Store.source, rule: "two", run: 1, name: named("two"))
            #expect(try await !isClaimed(by: "one"))
            #expect(try await isClaimed(by: "two"))
        }
    }

    @Test(arguments: TestDatabase.allCases, [true, false])
    func `what a discover with an earlier rule finds behind a pass is named by the next one`(
        _ database: TestDatabase,
        _ isListed: Bool
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["b"])
            // One that begins the pass, one of its page, and the one that ends it.
            let engine = WatchedEngine.interrupted(store.engine, beforeWrite: 3) {
                try await self.find("a", isListed, store)
            }
            let pass = Store(engine: engine)
            for names in [["old/a", "new/b"], ["new/a", "new/b"]] {
                _ = try await pass.rename(source: Store.source, rule: "new", run: 1) { "new/\($0)" }
                #expect(try await self.names(store) == names)
            }
            #expect(try await store.claim(naming: "new").count == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases, [true, false])
    func `the first packages of a source are named as they come, and need no pass`(
        _ database: TestDatabase,
        _ isListed: Bool
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            for key in ["a", "b"] { try await self.find(key, isListed, store) }
            #expect(try await store.rename(source: Store.source, rule: "old", run: 1) { _ in nil } == nil)
            #expect(try await store.claim(naming: "old").compactMap(\.name).sorted() == ["old/a", "old/b"])
            // Under another rule they do, and what comes by the earlier one then is for a pass again.
            let other = { @Sendable (key: String) in "new/\(key)" }
            #expect(try await store.rename(source: Store.source, rule: "new", run: 1, name: other)?.named == 2)
            try await self.find("c", isListed, store)
            #expect(try await store.claim(naming: "old").isEmpty)
            #expect(try await store.rename(source: Store.source, rule: "new", run: 1, name: other)?.named == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases, [true, false])
    func `packages without names are for a pass, whatever comes after them`(
        _ database: TestDatabase,
        _ isListed: Bool
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["a"])
            try await self.find("b", isListed, store)
            let naming = try await store.rename(source: Store.source, rule: "old", run: 1) { "old/\($0)" }
            #expect(naming == Store.Naming(named: 1))
            #expect(try await self.names(store) == ["old/a", "old/b"])
        }
    }

    /// As a `discover` that still has the settings of before.
    private func find(_ key: String, _ isListed: Bool, _ store: Store) async throws {
        let rule = Store.NameRule("old") { "old/\($0)" }
        let run = try await store.beginRun(.discover, worker: "test", version: "test")
        _ = try #require(try await store.leaseSource(Store.source, run: run, leaseMilliseconds: 86_400_000))
        guard isListed else {
            _ = try await store.recordLog(
                [PackageRecord(key: key, revision: 2, dateMilliseconds: nil)],
                source: Store.source,
                progress: .cursor(2, dateMilliseconds: nil, logFrom: 1),
                run: run,
                leaseMilliseconds: 86_400_000,
                rule: rule
            )
            return try await store.releaseSource(Store.source, run: run)
        }
        var listing = KeyList()
        listing.append(key)
        _ = try await store.reconcile(
            with: listing,
            as: ListingSummary(count: 1, etag: nil, scope: nil),
            source: Store.source,
            run: run,
            leaseMilliseconds: 86_400_000,
            rule: rule
        )
        try await store.releaseSource(Store.source, run: run)
    }

    @Test(arguments: TestDatabase.allCases)
    func `a fingerprint outdates the packages of its source and no others`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            #expect(try await store.format(of: Store.source, forFingerprint: "a") == 1)
            #expect(try await store.format(of: "other", forFingerprint: "a") == 1)
            try await store.discover(["a"])
            for claim in try await store.claim() { try await store.publish(claim, claim.key, payload: "{}") }
            #expect(try await store.format(of: "other", forFingerprint: "b") == 2)
            #expect(try await store.format(of: Store.source, forFingerprint: "a") == 1)
            #expect(try await store.outdated(format: 1).isEmpty)
            #expect(try await store.format(of: Store.source, forFingerprint: "b") == 2)
            #expect(try await store.outdated(format: 2).map(\.key) == ["a"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a comparison that is killed anywhere, or loses the source, is no reconcile; the next one completes it`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["b", "d", "f", "h"])
            for claim in try await store.claim() { try await store.publish(claim, claim.key) }
            var listing = KeyList()
            for key in ["a", "b", "c", "e", "g", "h", "i", "j"] { listing.append(key) }
            func reconcile(_ store: Store, run: RunID) async throws -> Int {
                let (appeared, vanished, _) = try await store.reconcile(
                    with: listing,
                    as: ListingSummary(count: 8, etag: nil, scope: nil),
                    source: Store.source,
                    run: run,
                    leaseMilliseconds: 86_400_000,
                    pageSize: 2
                )
                return appeared + vanished
            }
            func lease(_ store: Store, milliseconds: Int64 = 60_000) async throws -> RunID {
                let run = try await store.beginRun(.discover, worker: "test", version: "test")
                _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: milliseconds)
                return run
            }
            for writes in 0..<3 {
                let run = try await lease(store)
                let dying = Store(engine: WatchedEngine.dying(store.engine, afterWrites: writes))
                await #expect(throws: WatchedEngine.Died.self) { _ = try await reconcile(dying, run: run) }
                #expect(try await store.source(Store.source)?.reconciledAtMilliseconds == nil)
                try await store.releaseSource(Store.source, run: run)
            }
            // Its lease has run out, and another has come and gone.
            let zombie = try await lease(store, milliseconds: 0)
            let run = try await lease(store)
            await #expect(throws: StoreError.leaseLost(source: Store.source)) {
                _ = try await reconcile(store, run: zombie)
            }
            #expect(try await reconcile(store, run: run) > 0)
            #expect(try await reconcile(store, run: run) == 2, "what vanished is due already, and vanished still")
            #expect(try await store.source(Store.source)?.listingCount == 8)
            #expect(try await store.claim().map(\.key).sorted() == ["a", "c", "d", "e", "f", "g", "i", "j"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a listing is compared in order, whatever the size of a page`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let run = try await store.beginRun(.discover, worker: "test", version: "test")
            _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: 86_400_000)
            var random = SystemRandomNumberGenerator()
            let rule = Store.NameRule("rule") { $0 == "ä" || $0 == "z" ? "n/same" : "n/\($0)" }
            // Orders of bytes, of letters and of a locale differ on these.
            let keys = ["Z", "a", "a-b", "a_b", "ab", "a.b", "B", "0", "é", "e\u{301}", "ä", "z", "~"]
            var stored: Set<[UInt8]> = []
            var collisions = 0
            for _ in 0..<40 {
                let listed = keys.filter { _ in Bool.random(using: &random) }
                var listing = KeyList()
                for key in listed.shuffled() + listed.prefix(1) { listing.append(key) }
                listing.sort()
                #expect(listing.count == listed.count && listed.allSatisfy(listing.contains))
                let bytes = Set(listed.map { Array($0.utf8) })
                let (appeared, vanished, colliding) = try await store.reconcile(
                    with: listing,
                    as: ListingSummary(count: Int64(listing.count), etag: nil, scope: nil),
                    source: Store.source,
                    run: run,
                    leaseMilliseconds: 86_400_000,
                    pageSize: Int.random(in: 1...6, using: &random),
                    rule: rule
                )
                collisions += colliding
                #expect(appeared == bytes.subtracting(stored).count)
                #expect(vanished == stored.subtracting(bytes).count)
                stored.formUnion(bytes)
                #expect(Set(try await store.keys(source: Store.source).map { Array($0.utf8) }) == stored)
            }
            // All of them were there once.
            #expect(collisions == 1)
            #expect(try await self.names(store).count { $0 == nil } == 1)
        }
    }
}

extension Store {
    fileprivate func outdated(
        format: Int64 = 2,
        limit: Int = 9,
        naming: String? = nil
    ) async throws -> [ClaimedPackage] {
        let run = try await self.beginRun(.update, worker: "test", version: "test")
        return try await self.claimOutdated(
            source: Self.source,
            format: format,
            limit: limit,
            run: run,
            leaseMilliseconds: 86_400_000,
            naming: naming
        )
    }
}
