import Dispatch
import Facts
import Foundation
import Logging
import Store
import Synchronization
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

    /// What is claimed by now, whoever holds it and until when.
    private func leases(_ store: Store) async throws -> [[SQLValue]] {
        try await store.engine.read { session in
            try session.rows("SELECT key, claim, run FROM package_leases JOIN packages ON id = package_id ORDER BY key")
                .map(\.values)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a claim writes no package, and what is written is held by nobody`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            try await stores[0].discover(["akismet", "failing", "waiting"])
            let sent = Mutex<[String]>([])
            let store = Store(
                engine: WatchedEngine(
                    stores[0].engine,
                    onStatement: { statement in sent.withLock { $0.append(statement.rendered(for: .sqlite).text) } }
                )
            )
            let claims = try await store.claim()
            #expect(claims.count == 3)
            #expect(try await self.leases(stores[0]).count == 3)
            let writing = sent.withLock { $0.filter { $0.contains("UPDATE packages") || $0.contains("INTO packages") } }
            #expect(writing.isEmpty)
            try await store.publish(claims[0], "x")
            try await store.fail([(claims[1], "status 500", 1)], run: 1)
            try await store.postpone([(claims[2], 1)])
            #expect(try await self.leases(stores[0]).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a worker beyond its time that writes while another claims is too late`(_ database: TestDatabase) async throws
    {
        try await database.with(connections: 2) { stores in
            try await stores[0].discover(["akismet"])
            let slow = try #require(try await stores[0].claim(leaseMilliseconds: -1).first)
            let mayWrite = DispatchSemaphore(value: 0)
            let hasClaimed = Mutex(0)
            // In the middle of the transaction that claims, when the lease is taken.
            let claiming = WatchedEngine(
                stores[1].engine,
                onStatement: { statement in
                    let isClaim = statement.rendered(for: .sqlite).text.contains("INTO package_leases")
                    let statements = hasClaimed.withLock { count in
                        if isClaim || count > 0 { count += 1 }
                        return count
                    }
                    guard statements == 2 else { return }
                    mayWrite.signal()
                    // For the other to wait for this one; where it comes later, it is too late as well.
                    Thread.sleep(forTimeInterval: 0.3)
                }
            )
            async let quick = Store(engine: claiming).claim().first
            await mayWrite.signalled()
            #expect(try await stores[0].publish(slow, "old").lost == 1)
            #expect(try await stores[0].document(at: "p2/wp-plugin/akismet.json") == nil)
            let claim = try #require(try await quick)
            #expect(try await self.leases(stores[0]).map { $0[1] } == [.integer(claim.claimNumber)])
            #expect(try await stores[1].publish(claim, "new").documentsChanged == 1)
        }
    }

    /// In SQLite writers take turns anyway.
    @Test func `what another has claimed since it was looked for stays the other's, and a claim takes more instead`()
        async throws
    {
        try await TestDatabase.postgres.with(connections: 2) { stores in
            try await stores[0].discover(["a", "b", "c", "d"])
            let other = stores[1].engine
            let engine = WatchedEngine.interrupted(stores[0].engine, beforeStatement: "INTO package_leases") {
                _ = try? await other.write { session in
                    try session.execute(
                        """
                        INSERT INTO package_leases (package_id, claim, run, until_ms)
                        SELECT id, 77, 7, \(.now) + 86400000 FROM packages WHERE key = 'a'
                        """
                    )
                }
            }
            let claims = try await Store(engine: engine).claim(2)
            #expect(claims.map(\.key).sorted() == ["b", "c"])
            #expect(Set(claims.map(\.claimNumber)).count == 1)
            #expect(try await self.leases(stores[0]).first == [.text("a"), .integer(77), .integer(7)])
            #expect(try await stores[1].claim().map(\.key) == ["d"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what was held by a program of before stays so until its time is over`(_ database: TestDatabase) async throws {
        try await database.withEmpty { url in
            let engine: any SQLEngine =
                url.hasPrefix("sqlite:")
                ? try SQLiteEngine(path: String(url.dropFirst("sqlite:".count))) : try PostgresEngine(url: url)
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let earlier = Array(Schema.migrations.prefix { $0.number <= 26 })
            try await Store(engine: engine, migrations: earlier).migrate(logger: logger)
            _ = try await engine.write { session in
                try session.execute("INSERT INTO sources (name) VALUES ('wordpress-plugins')")
                try session.execute(
                    """
                    INSERT INTO packages (source, key, due_at_ms, claim_number, lease_run, lease_until_ms)
                    VALUES ('wordpress-plugins', 'free', 1, 0, NULL, 0),
                        ('wordpress-plugins', 'held', 1, 5, 9, \(.now) + 86400000),
                        ('wordpress-plugins', 'lost', 1, 6, 8, 1)
                    """
                )
            }
            let store = Store(engine: engine)
            try await store.migrate(logger: logger)
            #expect(try await self.leases(store) == [[.text("held"), .integer(5), .integer(9)]])
            #expect(try await store.claim().map(\.key).sorted() == ["free", "lost"])
            try await store.returnPackages(run: 9)
            #expect(try await store.claim().map(\.key) == ["held"])
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
