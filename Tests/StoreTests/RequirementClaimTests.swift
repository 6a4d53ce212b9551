import Facts
import Store
import TestSupport
import Testing

/// What packages require, and who is at work on it.
@Suite struct RequirementClaimTests {
    private func result(of claim: ClaimedPackage, _ state: PackageState, requires: [String]? = nil) -> PackageResult {
        var result = PackageResult(
            claim: claim,
            state: state,
            format: 1,
            isSettled: true,
            looks: 0,
            nextLook: .never
        )
        result.requires = requires
        return result
    }

    /// `a`, and `b`, which nothing has needed for long, both at work.
    private func claims(_ store: Store) async throws -> (a: ClaimedPackage, b: ClaimedPackage) {
        try await store.discover(["a", "b"])
        _ = try await store.engine.write { session in
            try session.execute("UPDATE packages SET is_required = 1, unneeded_since_ms = 1 WHERE key = 'b'")
        }
        let claims = try await store.claim()
        return (try #require(claims.first { $0.key == "a" }), try #require(claims.first { $0.key == "b" }))
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is required again is not let go by who was at work on it while nothing needed it`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let (a, b) = try await self.claims(store)
            let rule = RequirementRule(limit: 9, naming: Store.NameRule("own") { $0 }) { $0 == "a" }
            let needing = self.result(of: a, .active, requires: ["b"])
            #expect(try await store.finish([needing], requirements: rule, run: 1).lost == 0)
            #expect(try await store.finish([self.result(of: b, .missing)], run: 1).lost == 1)
            let unneeded = try await store.pipelineState().sources.first?.unneeded
            #expect(unneeded == 0)
            // It is due as it was: nobody is at work on it any more.
            #expect(try await store.claim().map(\.key) == ["b"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is selected again is not let go by who was at work on it while nothing needed it`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let (a, b) = try await self.claims(store)
            let run = try await store.beginRun(.discover, worker: "test", version: "test")
            _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: 86_400_000)
            _ = try await store.settleRequirements(
                of: Store.source,
                RequirementRule(limit: 9, naming: Store.NameRule("own") { $0 }) { _ in true },
                run: run,
                leaseMilliseconds: 86_400_000
            )
            #expect(try await store.finish([self.result(of: b, .missing)], run: 1).lost == 1)
            #expect(try await store.finish([self.result(of: a, .active)], run: 1).lost == 0)
            #expect(try await store.claim().map(\.key) == ["b"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what can have no name here is not taken in for others`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["a"])
            let claim = try #require(try await store.claim().first)
            let rule = RequirementRule(limit: 9, naming: Store.NameRule("own") { $0 == "b" ? nil : $0 }) { $0 == "a" }
            let needing = self.result(of: claim, .active, requires: ["b", "c"])
            let written = try await store.finish([needing], requirements: rule, run: 1)
            #expect(written.requirements.added == 1 && written.requirements.refused == 0)
            #expect(try await store.knownKeys(of: Store.source, among: ["a", "b", "c"]) == ["a", "c"])
        }
    }
}
