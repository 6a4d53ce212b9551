import Facts
import Store
import TestSupport
import Testing

@Suite struct PackageLeaseTests {
    @Test(arguments: TestDatabase.allCases)
    func `two workers never hold the same package`(_ database: TestDatabase) async throws {
        try await database.with(connections: 2) { stores in
            let slugs = (1...300).map { "p\($0)" }
            try await stores[0].discover(slugs)
            let claims = try await withThrowingTaskGroup(of: [String].self) { group in
                for store in stores {
                    group.addTask {
                        var slugs: [String] = []
                        while true {
                            let batch = try await store.claim(7)
                            if batch.isEmpty { return slugs }
                            slugs += batch.map(\.key)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(claims.sorted() == slugs.sorted())
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a worker that lost its lease writes nothing`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["akismet"])
            let slow = try #require(try await store.claim(leaseMilliseconds: -1).first)
            let quick = try #require(try await store.claim().first)
            #expect(try await store.publish(slow, "old").lost == 1)
            #expect(try await store.document(at: "p2/wp-plugin/akismet.json") == nil)
            #expect(try await store.publish(quick, "new").documentsChanged == 1)
            #expect(try await store.claim().isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a change that is seen while its package is at work stays due`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["akismet"], revision: 1)
            let claim = try #require(try await store.claim().first)
            try await store.discover(["akismet"], revision: 2)
            try await store.publish(claim, "of revision 1")
            let again = try #require(try await store.claim().first)
            #expect(again.changedRevision == 2)
            #expect(again.settledRevision == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a failed package waits, and keeps its error`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["akismet", "hello-dolly"])
            let claims = try await store.claim()
            let poison = try #require(claims.first { $0.key == "akismet" })
            try await store.fail([(poison, "status 500", 3_600_000)], run: 1)
            let report = try await store.status(failures: 10, runs: 0)
            #expect(report.failures.map(\.error) == ["status 500"])
            #expect(report.failures.map(\.attempts) == [1])
            #expect(try await store.claim().isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `returned leases can be claimed at once`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["akismet"])
            let run = try await store.beginRun(.update, worker: "test", version: "test")
            let source = Store.source
            let first = try await store.claimDue(source: source, limit: 1, run: run, leaseMilliseconds: 86_400_000)
            #expect(first.count == 1)
            #expect(try await store.claim().isEmpty)
            try await store.returnPackages(run: run)
            #expect(try await store.claim().count == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `recording the same stretch of log again changes nothing`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["akismet"], revision: 5)
            try await store.publish(try #require(try await store.claim().first), "x")
            try await store.discover(["akismet"], revision: 5)
            #expect(try await store.source(Store.source)?.cursor == 5)
            try await store.discover(["akismet"], revision: 4)
            #expect(try await store.claim().isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is counted as due could be claimed`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            func due(ids: [Int64]? = nil, isForced: Bool = false) async throws -> Int {
                try await store.dueCount(source: Store.source, ids: ids, isForced: isForced)
            }
            try await store.discover(["a", "b", "c", "d", "e", "f"])
            #expect(try await due() == 6)
            let held = try await store.claim(2).map(\.id)
            #expect(try await due() == 4)
            #expect(try await due(ids: held) == 0)
            #expect(try await due(ids: []) == 0)
            // A lease that has run out holds nobody off.
            let lost = try await store.claim(1, leaseMilliseconds: -1)
            #expect(try await due() == 4)
            #expect(try await due(ids: held + lost.map(\.id)) == 1)
            let failed = try await store.claim(1)
            try await store.fail([(failed[0], "status 500", 3_600_000)], run: 1)
            #expect(try await due() == 3)
            #expect(try await due(isForced: true) == 4)
            // Held, and not due; held, and of another source.
            _ = try await store.engine.write { session in
                try session.execute("INSERT INTO sources (name) VALUES ('wordpress-themes')")
                try session.execute("UPDATE packages SET due_at_ms = \(.now) + 3600000 WHERE id = \(held[0])")
                try session.execute("UPDATE packages SET source = 'wordpress-themes' WHERE id = \(held[1])")
            }
            #expect(try await due() == 3)
            #expect(try await due(isForced: true) == 4)
            #expect(try await store.claim().count == 3)
        }
    }
}
