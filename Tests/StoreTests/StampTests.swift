import Facts
import Logging
import Store
import Synchronization
import TestSupport
import Testing

/// What was published, in the order in which it was.
@Suite struct StampTests {
    private static func path(_ slug: String) -> String { "p2/wp-plugin/\(slug).json" }

    private func published(_ run: RunID, _ store: Store) async throws -> [String] {
        let page = try await store.objects(touchedBy: run, stage: .sync, limit: 100, offset: 0)
        #expect(page.total == page.objects.count)
        #expect(try await store.documentPaths(run: run, packages: nil) == page.objects.map(\.path))
        return page.objects.map(\.path)
    }

    private func actions(_ store: Store, since: Int64) async throws -> [String] {
        guard case .actions(let actions) = try await store.feed(since: since).answer else { return ["no actions"] }
        return actions.map { "\($0.kind.rawValue) \($0.name)" }
    }

    /// Has every run end more than a month ago, and begins a new one.
    private func age(_ store: Store) async throws {
        _ = try await store.engine.write { session in
            try session.execute(
                "UPDATE pipeline_runs SET status = 'succeeded', finished_at_ms = \(.now) - \(Int64(31 * 86_400_000))"
            )
        }
        _ = try await store.beginRun(.sync, worker: "test", version: "test")
    }

    @Test(arguments: TestDatabase.allCases)
    func `an object counts to the run that published it last, and is in the feed where it was announced last`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let start = try await store.feedTimestamp()
            try await store.change(["a", "b", "c"], "first", revision: 1)
            let first = try await store.syncDocuments()
            try await store.change(["b"], "second", revision: 2)
            let second = try await store.syncDocuments()
            // Uploaded once more, and no news.
            #expect(try await store.markForUpload(paths: [Self.path("a")]) == 1)
            let third = try await store.syncDocuments()
            #expect(try await self.published(first, store) == [Self.path("c")])
            #expect(try await self.published(second, store) == [Self.path("b")])
            #expect(try await self.published(third, store) == [Self.path("a")])
            #expect(
                try await self.actions(store, since: start) == [
                    "update wp-plugin/a", "update wp-plugin/c", "update wp-plugin/b",
                ]
            )
            let last = try await store.changes(limit: 2)
            #expect(last.map(\.path) == [Self.path("b"), Self.path("c")])
            #expect(try await store.changes(before: last[1].feedPosition, limit: 2).map(\.path) == [Self.path("a")])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a stamp that is late counts to no run, and archives count to theirs`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.change(["a"], "first", revision: 1)
            let late = try await store.beginRun(.sync, worker: "test", version: "test")
            let documents = try await store.claimDirty(kind: .document, limit: 9, run: late, leaseMilliseconds: -1)
            let run = try await store.syncDocuments()
            #expect(try await store.stampDeployed(documents.map(\.stamp), run: late) == 1)
            #expect(try await self.published(late, store) == [])
            #expect(try await self.published(run, store) == [Self.path("a")])
            #expect(try await store.stampCount() == 1)

            try await store.list([.wanted("1.0.0.0")], of: "b", revision: 2)
            let fetching = try await store.beginRun(.sync, worker: "test", version: "test")
            let archives = try await store.claimArchives(run: fetching).map { $0.stored("bytes") }
            _ = try await store.finishArchives(archives, run: fetching)
            #expect(try await self.published(fetching, store) == archives.map(\.key))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what a run only derived is not what it published`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let deriving = try await store.beginRun(.sync, worker: "test", version: "test")
            try await store.change(["a"], "first", revision: 1)
            _ = try await store.engine.write { try $0.execute("UPDATE objects SET updated_run = \(deriving)") }
            let run = try await store.syncDocuments()
            #expect(try await store.objects(touchedBy: deriving, stage: .sync, limit: 9, offset: 0).total == 0)
            #expect(try await store.objects(touchedBy: deriving, stage: .update, limit: 9, offset: 0).total == 1)
            #expect(try await store.documentPaths(run: deriving, packages: nil) == [Self.path("a")])
            #expect(try await self.published(run, store) == [Self.path("a")])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what was announced again and again is passed over, and counts for the feed's limit`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let start = try await store.feedTimestamp()
            try await store.change(["a", "b"], "first", revision: 1)
            try await store.syncDocuments()
            for revision in 2...12 {
                try await store.change(["b"], "text \(revision)", revision: Int64(revision))
                try await store.syncDocuments()
            }
            let last = try await store.changes(limit: 1)
            #expect(last.map(\.path) == [Self.path("b")])
            #expect(try await store.changes(before: last[0].feedPosition, limit: 1).map(\.path) == [Self.path("a")])
            #expect(try await store.changes(limit: 9).map(\.path) == [Self.path("b"), Self.path("a")])
            #expect(try await self.actions(store, since: start) == ["update wp-plugin/a", "update wp-plugin/b"])
            #expect(try await store.feed(since: start, limit: 13).answer != .resync)
            #expect(try await store.feed(since: start, limit: 12).answer == .resync)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `the last run is not forgotten, so that no other has its number`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.change(["a"], "first", revision: 1)
            let last = try await store.syncDocuments()
            _ = try await store.engine.write { session in
                try session.execute("UPDATE pipeline_runs SET status = 'succeeded', finished_at_ms = 1")
            }
            _ = try await store.cleanUp()
            #expect(try await store.runs(limit: 9).map(\.id) == [last])
            let next = try await store.beginRun(.sync, worker: "test", version: "test")
            #expect(next > last)
            #expect(try await self.published(next, store) == [])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a delete that another run announces is in the feed`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            func write(_ text: String?, revision: Int64) async throws {
                try await store.discover(["a"], revision: revision)
                let claim = try #require(try await store.claim().first)
                let documents = ["a", "a~dev"].map { (Self.path($0), text.map { Blob(of: Array($0.utf8)) }) }
                let result = PackageResult(
                    claim: claim,
                    state: .active,
                    format: 1,
                    documents: documents,
                    isSettled: true,
                    looks: 0,
                    nextLook: .after(3_600_000)
                )
                _ = try await store.finish([result], run: 1)
            }
            try await write("first", revision: 1)
            try await store.syncDocuments()
            try await write(nil, revision: 2)
            let timestamp = try await store.feedTimestamp()
            let runs = [
                try await store.beginRun(.sync, worker: "test", version: "test"),
                try await store.beginRun(.sync, worker: "test", version: "test"),
            ]
            let documents = try await store.claimDirty(
                kind: .document,
                limit: 9,
                run: runs[0],
                leaseMilliseconds: 60_000
            )
            #expect(documents.map(\.path) == [Self.path("a"), Self.path("a~dev")])
            _ = try await store.stampDeployed([documents[0].stamp], run: runs[0])
            #expect(try await self.actions(store, since: timestamp) == [])
            _ = try await store.stampDeployed([documents[1].stamp], run: runs[1])
            #expect(try await self.actions(store, since: timestamp) == ["delete wp-plugin/a"])
            #expect(try await store.changes(limit: 1).map(\.path) == [Self.path("a")])
            // Its commit was not heard of.
            #expect(try await store.stampDeployed([documents[1].stamp], run: runs[1]) == 0)
            #expect(try await self.actions(store, since: timestamp) == ["delete wp-plugin/a"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what a run published is forgotten with it, but for the last of all`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            var retention = Store.Retention()
            retention.announcements = 2
            try await store.change(["a", "b", "c", "d"], "first", revision: 1)
            let start = try await store.feedTimestamp()
            try await store.syncDocuments()
            try await store.change(["a"], "second", revision: 2)
            let second = try await store.syncDocuments()
            #expect(try await store.cleanUp(retention).stamps == 0)
            #expect(try await self.actions(store, since: start).count == 4)
            try await self.age(store)
            let known = try await store.changes(limit: 9)
            #expect(known.map(\.path) == ["a", "d", "c", "b"].map(Self.path))
            // Runs go in steps too: here they are gone already.
            _ = try await store.engine.write { try $0.execute("DELETE FROM pipeline_runs WHERE finished_at_ms > 0") }
            #expect(try await store.cleanUp(retention, limit: 2).stamps == 2)
            #expect(try await store.cleanUp(retention, limit: 2).stamps == 1)
            #expect(try await store.cleanUp(retention, limit: 2).stamps == 0)
            #expect(try await store.changes(limit: 9).map(\.path) == [Self.path("a"), Self.path("d")])
            // Whoever has heard of what is forgotten goes on, and nobody else.
            let horizon = try #require(known[2].feedPosition)
            #expect(try await store.feed(since: horizon).answer == .resync)
            #expect(try await self.actions(store, since: horizon + 1) == ["update wp-plugin/d", "update wp-plugin/a"])
            #expect(try await self.published(second, store) == [Self.path("a")])
            // An object says for itself who published it.
            let trail = try #require(try await store.trail(ofPackage: "wordpress-plugins/b"))
            #expect(trail.objects.map(\.syncedBy?.run) == [known[3].syncedBy?.run])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is no news and what a run without a past published is forgotten too`(_ database: TestDatabase)
        async throws
    {
        try await database.with { stores in
            let store = stores[0]
            try await store.change(["a"], "first", revision: 1)
            try await store.syncDocuments()
            for _ in 1...3 {
                #expect(try await store.markForUpload(paths: nil) == 1)
                try await store.syncDocuments()
            }
            #expect(try await store.stampCount() == 4)
            try await self.age(store)
            #expect(try await store.cleanUp().stamps == 3)
            #expect(try await store.stampCount() == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `two who clean up at once forget each stamp once`(_ database: TestDatabase) async throws {
        try await database.with(connections: 2) { stores in
            var retention = Store.Retention()
            retention.announcements = 1
            let slugs = (0..<60).map { "plugin-\($0)" }
            try await stores[0].change(slugs, "first", revision: 1)
            try await stores[0].syncDocuments()
            try await self.age(stores[0])
            _ = try await stores[0].engine.write {
                try $0.execute("DELETE FROM pipeline_runs WHERE finished_at_ms > 0")
            }
            let last = try await stores[0].changes(limit: 1)
            let forgotten = try await withThrowingTaskGroup(of: Int.self) { [retention] group in
                for store in stores {
                    group.addTask {
                        var count = 0
                        // One may find all of them locked by the other, which forgets them.
                        for _ in slugs { count += try await store.cleanUp(retention, limit: 7).stamps }
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(forgotten == slugs.count - 1)
            #expect(try await stores[0].changes(limit: 9).map(\.path) == last.map(\.path))
            let position = try #require(last.first?.feedPosition)
            #expect(try await stores[0].feed(since: position - 1).answer == .resync)
            #expect(try await self.actions(stores[0], since: position).count == 1)
        }
    }

    /// In such a plan the question within is asked again for each row: eight minutes for the first run of a whole directory.
    @Test func `no question of what a run has touched is asked once for each object`() async throws {
        try await TestDatabase.postgres.with { stores in
            let sent = Mutex<[SQLStatement]>([])
            let engine = WatchedEngine(
                stores[0].engine,
                onStatement: { statement in sent.withLock { $0.append(statement) } }
            )
            _ = try await Store(engine: engine).objects(touchedBy: 1, stage: .sync, limit: 9, offset: 0)
            _ = try await Store(engine: engine).documentPaths(run: 1, packages: [1])
            let plans = try await stores[0].engine.read { [statements = sent.withLock { $0 }] session in
                try statements.map { try session.rows("EXPLAIN \($0)").map { try $0["QUERY PLAN"] as String } }
            }
            #expect(plans.count == 3)
            // Who began a run is asked by its key, of the few rows that are shown.
            for plan in plans.dropFirst() { #expect(!plan.contains { $0.contains("SubPlan") }, "\(plan)") }
            #expect(!plans[0].contains { $0.contains("hashed SubPlan") || $0.contains("Materialize") }, "\(plans[0])")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a database of before has the same feed, changes and runs`(_ database: TestDatabase) async throws {
        try await database.withEmpty { url in
            let engine: any SQLEngine =
                url.hasPrefix("sqlite:")
                ? try SQLiteEngine(path: String(url.dropFirst("sqlite:".count))) : try PostgresEngine(url: url)
            let earlier = Store(engine: engine, migrations: Array(Schema.migrations.prefix { $0.number <= 28 }))
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            try await earlier.migrate(logger: logger)
            _ = try await engine.write { session in
                try session.execute(
                    """
                    INSERT INTO objects (key, kind, content_changed_at_ms, announced_hash, announced_at_ms, feed_position, synced_run)
                    VALUES ('p2/acme/c.json', 'document', 1000, \(.noBytes), 1000, 70, 3),
                        ('p2/acme/a.json', 'document', 2000, NULL, 2000, 90, 3),
                        ('p2/acme/b.json', 'document', 3000, \(.noBytes), 3000, 80, NULL),
                        ('p2/acme/d.json', 'document', 4000, NULL, NULL, NULL, NULL),
                        ('packages.json', 'root', 5000, NULL, NULL, NULL, 3)
                    """
                )
                try session.execute("UPDATE settings SET value = '95' WHERE key = 'feed_position'")
                try session.execute("UPDATE settings SET value = '60' WHERE key = 'feed_horizon'")
            }
            let store = Store(engine: engine)
            try await store.migrate(logger: logger)
            #expect(try await self.actions(store, since: 61) == ["update acme/c", "update acme/b", "delete acme/a"])
            #expect(try await store.changes(limit: 2).map(\.path) == ["p2/acme/a.json", "p2/acme/b.json"])
            #expect(try await self.published(3, store) == ["p2/acme/a.json", "p2/acme/c.json", "packages.json"])
            #expect(try await store.stampCount() == 4)
        }
    }
}
