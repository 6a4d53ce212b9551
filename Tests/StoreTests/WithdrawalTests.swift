import Facts
import Store
import TestSupport
import Testing

/// P23: a mass withdrawal needs a person.
@Suite struct WithdrawalTests {
    @Test(arguments: TestDatabase.allCases)
    func `a document that a package is no longer derived to goes, and counts as withdrawn`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["a", "b"])
            let claims = try await store.claim()
            _ = try await store.finish(claims.map { .of($0, main: "x", dev: "y") }, run: 1)
            try await store.discover(["a"], revision: 2)
            var result = PackageResult.of(try #require(try await store.claim().first), main: "x", dev: "y")
            result.documents.removeLast()
            let written = try await store.finish([result], limit: WithdrawalLimit(), run: 1)
            #expect(written.documentsWithdrawn == 1 && written.documentsUnchanged == 1)
            let withdrawn = try await store.engine.read { session in
                try session.rows("SELECT count(*) FROM packages WHERE withdrawn_at_ms IS NOT NULL")[0].integer(0)
            }
            #expect(withdrawn == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases, [1, 9, 100])
    func `P23: what is beyond the limit of a day stays, in batches of any size`(
        _ database: TestDatabase,
        _ batchSize: Int
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.publishPackages(200)
            let outcome = try await store.withdrawAll(batchesOf: batchSize)
            // 3 and 1% of 200.
            #expect(batchSize == 1 ? outcome.withdrawn == 5 : outcome.withdrawn <= 5)
            #expect(outcome.withdrawn + outcome.held == 200)
            #expect(try await store.publishedCount() == 400 - 2 * outcome.withdrawn)
            // Neither lost nor failed: they are looked at again.
            let report = try await store.status(failures: 10, runs: 0)
            #expect(report.state.sources.map(\.held) == [outcome.held])
            #expect(report.heldPackages.count == 10)
            #expect(report.state.failingPackages == 0)
            #expect(try await store.claim().isEmpty)
            let held = try #require(try await store.heldWithdrawals(WithdrawalLimit()).first)
            #expect(held.held == outcome.held)
            #expect(held.withdrawn == outcome.withdrawn)
            #expect(try await store.pipelineState().sources.map(\.held) == [outcome.held])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P23: workers do not slip past the limit together`(_ database: TestDatabase) async throws {
        try await database.with(connections: 4) { stores in
            try await stores[0].publishPackages(80)
            try await stores[0].makeAllDue()
            let withdrawn = try await withThrowingTaskGroup(of: Int.self) { group in
                for store in stores {
                    group.addTask {
                        var withdrawn = 0
                        while let claim = try await store.claim(1).first {
                            withdrawn += try await store.withdraw([claim]).documentsWithdrawn / 2
                        }
                        return withdrawn
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(withdrawn == 3)
            #expect(try await stores[0].publishedCount() == 160 - 2 * 3)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P23: a document that loses its last version counts as one that goes`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.publishPackages(20)
            try await store.makeAllDue()
            #expect(try await store.emptyAll() == 3)
            // A document that had none has nothing to lose.
            try await store.makeAllDue()
            let first = try #require(try await store.claim().first { $0.key == "p00" })
            let again = PackageResult.of(first, main: "[]", dev: "trunk of another day", empty: [first.mainPath])
            #expect(try await store.finish([again], limit: WithdrawalLimit(), run: 1).held.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P23: a package that has lost its versions and stays is counted once`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            // Of a hundred four may go, of these three.
            try await store.publishPackages(99)
            try await store.makeAllDue()
            #expect(try await store.emptyAll() == 3)
            let held = try await store.heldWithdrawals(WithdrawalLimit())
            #expect(held.map(\.published) == [99])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P23: a person's word meets an answer that was asked for before it`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.publishPackages(20)
            try await store.makeAllDue()
            #expect(try await store.withdraw(try await store.claim(10)).held.count == 10)
            // Asked about again, when the person speaks.
            try await store.makeAllDue()
            let claims = try await store.claim().filter { $0.key < "p10" }
            #expect(try await store.confirmWithdrawals(source: Store.source) == 10)
            // One is there again after all. The others stay until they have been asked about once more, at once.
            let back = claims.filter { $0.key == "p00" }
            _ = try await store.finish(back.map { .of($0, main: "b", dev: "b") }, limit: WithdrawalLimit(), run: 1)
            let written = try await store.withdraw(claims.filter { $0.key != "p00" })
            #expect(written.held.count == 9 && written.documentsWithdrawn == 0)
            let report = try await store.status(failures: 20, runs: 0)
            #expect(report.state.sources.map(\.held) == [0], "they wait for nobody")
            #expect(report.heldPackages.isEmpty)
            #expect(try await store.heldWithdrawals(WithdrawalLimit()).isEmpty)
            #expect(try await store.pipelineState().sources.map(\.held) == [0])
            let again = try await store.claim()
            #expect(again.map(\.isConfirmed) == Array(repeating: true, count: 9))
            #expect(try await store.withdraw(again).documentsWithdrawn == 18)
            // What a person said of the one that came back is over.
            try await store.makeAllDue()
            let last = try await store.claim().filter { $0.key == "p00" }
            #expect(last.map(\.isConfirmed) == [false])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P23: what a person has confirmed goes and does not count, and nothing else goes with it`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.publishPackages(20)
            // Upstream says so of half of them.
            try await store.makeAllDue()
            let half = try await store.claim(10)
            #expect(try await store.withdraw(half).held.count == 10)
            #expect(try await store.confirmWithdrawals(source: "wordpress-themes") == 0)
            #expect(try await store.confirmWithdrawals(source: Store.source) == 10)
            // The others are due as well, and are said to be gone, too.
            let claims = try await store.claim()
            #expect(claims.count == 20)
            #expect(claims.filter(\.isConfirmed).count == 10)
            let written = try await store.withdraw(claims)
            #expect(written.documentsWithdrawn == 20)
            #expect(written.held.count == 10)
            let held = try await store.heldWithdrawals(WithdrawalLimit())
            #expect(held.map(\.withdrawn) == [0])
            #expect(held.map(\.held) == [10])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P23: what is held does not seep out day by day, and what comes back is held no longer`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.publishPackages(20)
            _ = try await store.withdrawAll(batchesOf: 20)
            for _ in 1...5 {
                try await store.passDays()
                #expect(try await store.withdrawAll(batchesOf: 1).withdrawn == 0)
            }
            // Upstream has come to its senses but for two.
            try await store.makeAllDue()
            let claims = try await store.claim()
            let back = claims.filter { $0.key != "p00" && $0.key != "p01" }
            _ = try await store.finish(
                back.map { PackageResult.of($0, main: $0.key, dev: $0.key) },
                limit: WithdrawalLimit(),
                run: 1
            )
            #expect(try await store.pipelineState().sources.map(\.held) == [2])
            #expect(try await store.withdraw(claims.filter { $0.key == "p00" }).documentsWithdrawn == 2)
            #expect(try await store.withdraw(claims.filter { $0.key == "p01" }).documentsWithdrawn == 2)
            #expect(try await store.heldWithdrawals(WithdrawalLimit()).isEmpty)
            // One of them comes back, and its place is free again.
            try await store.makeAllDue()
            let more = try await store.claim()
            let reopened = try #require(more.first { $0.key == "p00" })
            let result = PackageResult.of(reopened, main: "back", dev: "back")
            _ = try await store.finish([result], limit: WithdrawalLimit(), run: 1)
            for slug in ["p02", "p03"] {
                #expect(try await store.withdraw(more.filter { $0.key == slug }).documentsWithdrawn == 2)
            }
            #expect(try await store.withdraw(more.filter { $0.key == "p04" }).held.count == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `withdrawals of the day before count no more, and those of a lost lease never do`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.publishPackages(20)
            try await store.makeAllDue()
            let slow = try await store.claim(10, leaseMilliseconds: -1)
            let claims = try await store.claim()
            let lost = try await store.withdraw(slow)
            #expect(lost.lost == 10)
            #expect(lost.held.isEmpty)
            #expect(try await store.withdraw(Array(claims.prefix(3))).documentsWithdrawn == 6)
            try await store.passDays()
            #expect(try await store.withdraw(Array(claims.dropFirst(3).prefix(3))).documentsWithdrawn == 6)
            #expect(try await store.withdraw(Array(claims.dropFirst(6).prefix(1))).held.count == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a request that failed says nothing of its packages`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["a", "b"])
            let claims = try await store.claim()
            try await store.postpone(claims.map { ($0, 3_600_000) })
            #expect(try await store.claim().isEmpty)
            #expect(try await store.pipelineState().failingPackages == 0)
            try await store.makeAllDue()
            let again = try await store.claim()
            #expect(again.map(\.attempts) == [0, 0])
            #expect(again.map(\.isSuspect) == [false, false])
            // Only what spoils its batch is a suspect, and only until it has been answered.
            try await store.fail(again.map { ($0, "status 500", 0) }, suspects: [again[0].id], run: 1)
            let third = try await store.claim()
            #expect(third.map(\.attempts) == [1, 1])
            #expect(third.map(\.isSuspect) == [true, false])
            _ = try await store.finish(third.map { .of($0, main: "x", dev: "x") }, run: 1)
            try await store.makeAllDue()
            #expect(try await store.claim().map(\.isSuspect) == [false, false])
        }
    }
}

extension ClaimedPackage {
    var mainPath: String { "p2/wp-plugin/\(self.key).json" }
    var devPath: String { "p2/wp-plugin/\(self.key)~dev.json" }
}

extension PackageResult {
    /// Both documents of a package, or none.
    static func of(_ claim: ClaimedPackage, main: String?, dev: String?, empty: [String] = []) -> PackageResult {
        func blob(_ text: String?) -> Blob? { text.map { Blob(of: Array($0.utf8)) } }
        var result = PackageResult(
            claim: claim,
            state: main == nil ? .closed : .active,
            format: 1,
            documents: [(claim.mainPath, blob(main)), (claim.devPath, blob(dev))],
            isSettled: true,
            looks: 0,
            nextLook: .after(3_600_000)
        )
        result.emptyDocuments = empty
        return result
    }
}

extension Store {
    /// Packages with two documents each, called `p00`, `p01` and so on.
    func publishPackages(_ count: Int) async throws {
        try await self.discover((0..<count).map { $0 < 10 ? "p0\($0)" : "p\($0)" })
        let claims = try await self.claim(count)
        _ = try await self.finish(claims.map { .of($0, main: $0.key, dev: $0.key) }, run: 1)
    }

    func makeAllDue() async throws { _ = try await self.makeDue(ids: nil) }

    /// Upstream says of claimed packages that they are closed.
    func withdraw(_ claims: [ClaimedPackage]) async throws -> WrittenResults {
        try await self.finish(claims.map { .of($0, main: nil, dev: nil) }, limit: WithdrawalLimit(), run: 1)
    }

    func withdrawAll(batchesOf size: Int) async throws -> (withdrawn: Int, held: Int) {
        try await self.makeAllDue()
        var (withdrawn, held) = (0, 0)
        while case let claims = try await self.claim(size), !claims.isEmpty {
            let written = try await self.withdraw(claims)
            withdrawn += written.documentsWithdrawn / 2
            held += written.held.count
        }
        return (withdrawn, held)
    }

    /// Upstream says of each package that is due, one by one, that it is there and has lost its versions; the dev
    /// document keeps its trunk.
    ///
    /// - Returns: How many of them were believed to.
    func emptyAll() async throws -> Int {
        var emptied = 0
        while let claim = try await self.claim(1).first {
            let result = PackageResult.of(claim, main: "[]", dev: claim.key, empty: [claim.mainPath])
            let written = try await self.finish([result], limit: WithdrawalLimit(), run: 1)
            emptied += written.held.isEmpty ? 1 : 0
        }
        return emptied
    }

    /// As if more than a day had passed.
    func passDays() async throws {
        _ = try await self.engine.write { session in
            try session.execute("UPDATE packages SET withdrawn_at_ms = withdrawn_at_ms - 90000000")
        }
    }

    func publishedCount() async throws -> Int {
        try await self.engine.read { session in
            Int(try session.rows("SELECT count(*) FROM objects WHERE content_hash IS NOT NULL")[0].integer(0))
        }
    }
}
