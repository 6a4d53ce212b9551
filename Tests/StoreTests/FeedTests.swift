import Composer
import Facts
import Store
import TestSupport
import Testing

@Suite struct FeedTests {
    private static let main = "p2/wp-plugin/akismet.json"
    private static let dev = "p2/wp-plugin/akismet~dev.json"

    /// One package with both documents, published.
    private func withPackage(_ database: TestDatabase, _ body: (Store) async throws -> Void) async throws {
        try await database.with { stores in
            try await self.change(stores[0], main: "first", dev: "dev")
            try await self.publish(stores[0])
            try await body(stores[0])
        }
    }

    private func change(_ store: Store, main: String?, dev: String?, revision: Int64 = 1) async throws {
        try await store.discover(["akismet"], revision: revision)
        let claim = try #require(try await store.claim().first)
        let result = PackageResult(
            claim: claim,
            state: .active,
            format: 1,
            documents: [(Self.main, main.map(Self.blob)), (Self.dev, dev.map(Self.blob))],
            isSettled: true,
            looks: 0,
            nextLook: .after(3_600_000)
        )
        _ = try await store.finish([result], run: 1)
    }

    private static func blob(_ text: String) -> Blob { Blob(of: Array(text.utf8)) }

    /// Stamps all that is dirty, or only what is named.
    private func publish(_ store: Store, only path: String? = nil) async throws {
        let documents = try await store.claimDocuments()
        _ = try await store.stampDeployed(documents.filter { path == nil || $0.path == path }.map(\.stamp), run: 1)
        try await store.returnDocuments(run: try await store.runs(of: .sync, limit: 1)[0].id)
    }

    private func actions(_ store: Store, since: Int64? = nil) async throws -> [Feed.Action] {
        let first = try await self.start(store)
        let feed = try await store.feed(since: since ?? first)
        guard case .actions(let actions) = feed.answer else {
            Issue.record("\(feed)")
            return []
        }
        #expect(actions.map(\.position) == actions.map(\.position).sorted())
        return actions
    }

    private func names(_ store: Store, since: Int64? = nil) async throws -> [String] {
        try await self.actions(store, since: since).map { "\($0.kind.rawValue) \($0.name)" }
    }

    /// The first position that is no resync.
    private func start(_ store: Store) async throws -> Int64 {
        try await store.engine.read { session in
            try session.rows("SELECT CAST(value AS BIGINT) FROM settings WHERE key = 'feed_horizon'")[0].integer(0) + 1
        }
    }

    private func setLastPosition(_ store: Store, _ position: Int64) async throws {
        _ = try await store.engine.write { session in
            try session.execute("UPDATE settings SET value = CAST(\(position) AS TEXT) WHERE key = 'feed_position'")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a feed that never announced anything is behind every later position`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let timestamp = try await store.feedTimestamp()
            #expect(try await store.feed(since: timestamp) == Feed(answer: .actions([]), timestamp: timestamp))
            try await self.change(store, main: "first", dev: "dev")
            try await self.publish(store)
            #expect(
                try await self.names(store, since: timestamp) == [
                    "update wp-plugin/akismet", "update wp-plugin/akismet~dev",
                ]
            )
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `an action is given at its position and not after it`(_ database: TestDatabase) async throws {
        try await self.withPackage(database) { store in
            let first = try await self.actions(store)
            let feed = try await store.feed(since: try await self.start(store))
            #expect(first.map(\.position).allSatisfy { $0 < feed.timestamp })
            #expect(try await self.actions(store, since: first[0].position) == first)
            #expect(try await self.actions(store, since: first[0].position + 1) == [first[1]])
            #expect(try await self.actions(store, since: feed.timestamp).isEmpty)
            #expect(try await store.feed(since: feed.timestamp + 1).answer == .future)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `content that is uploaded again is no news, other content is`(_ database: TestDatabase) async throws {
        try await self.withPackage(database) { store in
            let timestamp = try await store.feedTimestamp()
            #expect(try await store.markForUpload(paths: nil) == 2)
            try await self.publish(store)
            #expect(try await self.names(store, since: timestamp).isEmpty)
            try await self.change(store, main: "second", dev: "dev", revision: 2)
            #expect(try await self.names(store, since: timestamp).isEmpty)
            try await self.publish(store)
            #expect(try await self.names(store, since: timestamp) == ["update wp-plugin/akismet"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `packages json is never announced`(_ database: TestDatabase) async throws {
        try await self.withPackage(database) { store in
            let timestamp = try await store.feedTimestamp()
            _ = try await store.setRootDocument(path: "packages.json", content: Self.blob("{}"), run: 1)
            let root = try await store.claimDocuments(kind: .root)
            _ = try await store.stampDeployed(root.map(\.stamp), run: 1)
            #expect(try await store.feedTimestamp() == timestamp)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P3: a package's delete is announced when its last document is gone, in whatever order`(
        _ database: TestDatabase
    ) async throws {
        for first in [Self.main, Self.dev] {
            try await self.withPackage(database) { store in
                let timestamp = try await store.feedTimestamp()
                try await self.change(store, main: nil, dev: nil, revision: 2)
                try await self.publish(store, only: first)
                #expect(
                    try await self.names(store, since: timestamp)
                        == (first == Self.main ? [] : ["delete wp-plugin/akismet~dev"])
                )
                try await self.publish(store)
                #expect(try await self.names(store, since: timestamp) == ["delete wp-plugin/akismet"])
                #expect(try await self.names(store) == ["delete wp-plugin/akismet"])
                // Deleting once more is no news.
                let after = try await store.feedTimestamp()
                #expect(try await store.markForUpload(paths: nil) == 0)
                #expect(try await self.names(store, since: after).isEmpty)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a package that comes back is an update again, and its dev document too`(_ database: TestDatabase) async throws
    {
        try await self.withPackage(database) { store in
            try await self.change(store, main: nil, dev: nil, revision: 2)
            try await self.publish(store)
            let timestamp = try await store.feedTimestamp()
            try await self.change(store, main: "first", dev: "dev", revision: 3)
            try await self.publish(store, only: Self.dev)
            // The delete of the package is older: it does not take the new document with it.
            #expect(try await self.names(store) == ["delete wp-plugin/akismet", "update wp-plugin/akismet~dev"])
            try await self.publish(store)
            #expect(
                try await self.names(store, since: timestamp) == [
                    "update wp-plugin/akismet~dev", "update wp-plugin/akismet",
                ]
            )
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `one that comes back before its delete was complete is no news`(_ database: TestDatabase) async throws {
        try await self.withPackage(database) { store in
            let timestamp = try await store.feedTimestamp()
            try await self.change(store, main: nil, dev: nil, revision: 2)
            try await self.publish(store, only: Self.main)
            try await self.change(store, main: "first", dev: "dev", revision: 3)
            try await self.publish(store)
            #expect(try await self.names(store, since: timestamp).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what somebody else may have overwritten is announced again`(_ database: TestDatabase) async throws {
        try await self.withPackage(database) { store in
            try await self.change(store, main: "second", dev: "dev", revision: 2)
            let zombie = try #require(try await store.claimDocuments(leaseMilliseconds: -1).first)
            try await self.publish(store)
            let timestamp = try await store.feedTimestamp()
            #expect(try await store.stampDeployed([zombie.stamp], run: 2) == 1)
            #expect(try await self.names(store, since: timestamp).isEmpty)
            try await self.publish(store)
            #expect(try await self.names(store, since: timestamp) == ["update wp-plugin/akismet"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `an action's time is that of the content that was uploaded`(_ database: TestDatabase) async throws {
        try await self.withPackage(database) { store in
            let path = Self.main
            try await self.change(store, main: "second", dev: "dev", revision: 2)
            let old = try #require(try await store.claimDocuments().first)
            let changed = try await store.engine.read { session in
                try session.rows("SELECT content_changed_at_ms FROM objects WHERE key = \(path)")[0].integer(0)
            }
            // Followers take it as the least that Last-Modified can be.
            #expect(changed / 1_000 <= (try #require(try await store.document(at: path))).lastModifiedSeconds)
            _ = try await store.engine.write { session in
                try session.execute(
                    "UPDATE objects SET content_changed_at_ms = content_changed_at_ms + 60000 WHERE key = \(path)"
                )
            }
            _ = try await store.stampDeployed([old.stamp], run: 1)
            #expect(try await self.actions(store).last?.secondsSince1970 == changed / 1_000)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a follower who missed a forgotten delete must read everything anew`(_ database: TestDatabase) async throws {
        try await self.withPackage(database) { store in
            let before = try await store.feedTimestamp()
            try await self.change(store, main: nil, dev: nil, revision: 2)
            try await self.publish(store)
            let after = try await store.feedTimestamp()
            var retention = Store.Retention()
            retention.tombstones = .seconds(-60)
            #expect(try await store.cleanUp(retention).tombstones == 2)
            #expect(try await store.feed(since: before) == Feed(answer: .resync, timestamp: after))
            #expect(try await store.feed(since: after - 1).answer == .resync)
            #expect(try await store.feed(since: after).answer == .actions([]))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a delete that is not announced yet is not forgotten`(_ database: TestDatabase) async throws {
        try await self.withPackage(database) { store in
            try await self.change(store, main: nil, dev: nil, revision: 2)
            try await self.publish(store, only: Self.main)
            var retention = Store.Retention()
            retention.tombstones = .seconds(-60)
            #expect(try await store.cleanUp(retention).tombstones == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `more actions than the limit are a resync`(_ database: TestDatabase) async throws {
        try await self.withPackage(database) { store in
            let start = try await self.start(store)
            #expect(try await store.feed(since: start, limit: 1).answer == .resync)
            #expect(try await store.feed(since: start, limit: 2).answer != .resync)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P8: positions go on rising when the clock steps back`(_ database: TestDatabase) async throws {
        try await self.withPackage(database) { store in
            let hourAhead = try await store.now() * 10 + 3_600 * 10_000
            try await self.setLastPosition(store, hourAhead)
            try await self.change(store, main: "second", dev: "dev", revision: 2)
            try await self.publish(store)
            #expect(try await self.actions(store).last?.position == hourAhead + 1)
            #expect(try await store.feedTimestamp() == hourAhead + 2)
        }
    }
}
