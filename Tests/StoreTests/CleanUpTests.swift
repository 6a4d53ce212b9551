import Facts
import Store
import TestSupport
import Testing

@Suite struct CleanUpTests {
    /// Everything is old enough at once.
    private var noRetention: Store.Retention {
        var retention = Store.Retention()
        retention.blobs = .seconds(-60)
        retention.runs = .seconds(-60)
        retention.tombstones = .seconds(-60)
        return retention
    }

    private func blobs(_ store: Store) async throws -> Int64 {
        try await store.engine.read { try $0.rows("SELECT count(*) FROM blobs")[0].integer(0) }
    }

    private func change(_ store: Store, _ text: String?, revision: Int64) async throws {
        try await store.discover(["akismet"], revision: revision)
        try await store.publish(try #require(try await store.claim().first), text)
    }

    @Test(arguments: TestDatabase.allCases)
    func `bytes that nothing names go, those that are named stay`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.change(store, "first", revision: 1)
            try await self.change(store, "second", revision: 2)
            #expect(try await self.blobs(store) == 2)
            #expect(try await store.cleanUp().blobs == 0)
            #expect(try await store.cleanUp(self.noRetention).blobs == 1)
            let document = try await store.document(at: "p2/wp-plugin/akismet.json")
            #expect(try document?.content.content() == Array("second".utf8))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `bytes that come back are kept`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            for (index, text) in ["first", "second", "first"].enumerated() {
                try await self.change(store, text, revision: Int64(index + 1))
            }
            #expect(try await store.cleanUp(self.noRetention).blobs == 1)
            let document = try await store.document(at: "p2/wp-plugin/akismet.json")
            #expect(try document?.content.content() == Array("first".utf8))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a document that was deleted is forgotten, one that waits for its deletion is not`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.change(store, "first", revision: 1)
            _ = try await store.stampDeployed(try await store.claimDocuments().map(\.stamp), run: 1)
            try await self.change(store, nil, revision: 2)
            #expect(try await store.cleanUp(self.noRetention).tombstones == 0)
            _ = try await store.stampDeployed(try await store.claimDocuments().map(\.stamp), run: 1)
            #expect(try await store.cleanUp().tombstones == 0)
            #expect(try await store.cleanUp(self.noRetention).tombstones == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `old runs go in bounded steps, running ones stay`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            for _ in 1...5 {
                let run = try await store.beginRun(.sync, worker: "test", version: "test")
                try await store.finishRun(run, as: .succeeded, counters: [:])
            }
            let running = try await store.beginRun(.sync, worker: "test", version: "test")
            #expect(try await store.cleanUp(self.noRetention, limit: 3).runs == 3)
            #expect(try await store.cleanUp(self.noRetention, limit: 3).runs == 2)
            #expect(try await store.runs(limit: 10).map(\.id) == [running])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `runs that do nothing are no more after years than after a month`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            func begin() async throws -> RunID { try await store.beginRun(.update, worker: "test", version: "test") }
            for _ in 1...5 { try await store.finishRun(try await begin(), as: .succeeded, counters: [:]) }
            #expect(try await store.runs(limit: 10).count == 5)
            let month: Int64 = 31 * 86_400_000
            _ = try await store.engine.write { session in
                try session.execute("UPDATE pipeline_runs SET finished_at_ms = finished_at_ms - \(month)")
            }
            var numbers: [Int] = []
            for _ in 1...4 {
                try await store.finishRun(try await begin(), as: .succeeded, counters: [:])
                numbers.append(try await store.runs(limit: 10).count)
            }
            #expect(numbers == [4, 3, 3, 4], "one that is too old makes room, and one more; those of a month stay")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a renewed lease lasts, one that has ended is not taken back`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["akismet", "hello-dolly"])
            let run = try await store.beginRun(.update, worker: "test", version: "test")
            let source = Store.source
            let held = try await store.claimDue(source: source, limit: 1, run: run, leaseMilliseconds: 86_400_000)
            let ended = try await store.claimDue(source: source, limit: 1, run: run, leaseMilliseconds: -1)
            try await store.renewLeases(run: run, leaseMilliseconds: 3_600_000)
            let remaining: [Int64] = try await store.engine.read { session in
                try session.rows("SELECT until_ms - \(.now) AS remaining FROM package_leases WHERE until_ms > \(.now)")
                    .map { try $0["remaining"] }
            }
            #expect(remaining.count == 1 && remaining[0] <= 3_600_000)
            #expect(try await store.pipelineState().leases == 1)
            #expect(try await store.claim().map(\.key) == ended.map(\.key))
            #expect(held.count == 1)
        }
    }
}
