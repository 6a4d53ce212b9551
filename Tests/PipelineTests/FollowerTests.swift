import Command
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P7: an independent mirror follows the repository through its history.
@Suite struct FollowerTests {
    @Test(arguments: TestDatabase.allCases, [1, 2, 3] as [UInt64])
    func `P7: a mirror ends with the bytes of the bucket`(_ database: TestDatabase, _ seed: UInt64) async throws {
        let world = SandboxWorld.generated(seed: seed, plugins: 30, themes: 10, revisions: 200)
        try await Pipeline.with(database, world: world) { pipeline in
            var run = FollowedHistory(pipeline: pipeline, seed: seed)
            try await run.start()
            for _ in 1...10 { try await run.step() }
            try await run.finish()
            #expect(run.follower.complaints == [])
            let published = run.published(pipeline.bucket())
            #expect(run.follower.files.keys.sorted() == published.keys.sorted())
            #expect(run.follower.files.filter { published[$0.key] != $0.value }.map(\.key).sorted() == [])
            #expect(published.count > 40)
            #expect(run.follower.actions > 10)
            #expect(run.follower.resyncs > 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P7: a mirror follows a serve that publishes by itself`(_ database: TestDatabase) async throws {
        let world = SandboxWorld.generated(seed: 4, plugins: 30, themes: 10, revisions: 200)
        try await Pipeline.with(database, world: world) { pipeline in
            var run = FollowedHistory(pipeline: pipeline, seed: 4)
            run.publisher = Publisher(
                store: pipeline.store,
                settings: pipeline.settings.stages,
                logger: Pipeline.logger
            )
            try await run.start()
            for _ in 1...10 { try await run.step() }
            try await run.finish()
            #expect(run.follower.complaints == [])
            #expect(pipeline.bucket().isEmpty)

            try await database.with { stores in
                let fresh = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
                try await fresh.round(.fromTheStart)
                let scratch = run.published(fresh.bucket())
                #expect(run.follower.files.keys.sorted() == scratch.keys.sorted())
                #expect(run.follower.files.filter { scratch[$0.key] != $0.value }.map(\.key).sorted() == [])
            }
        }
    }
}

/// Upstream changes, stages run early, late, twice or at once, the server restarts, and a mirror looks now and then.
private struct FollowedHistory {
    private var pipeline: Pipeline
    var follower = Follower()
    /// Publishes in place of `sync` where there is no bucket.
    var publisher: Publisher?
    private var history: History
    private var step = 0

    init(pipeline: Pipeline, seed: UInt64) {
        self.pipeline = pipeline
        self.pipeline.updating = .credulous
        self.history = History(world: pipeline.world, seed: seed)
    }

    mutating func start() async throws {
        // The mirror begins with an empty repository.
        try await self.poll()
        try await self.pipeline.discover(.fromTheStart)
        try await self.pipeline.update()
        try await self.publish()
        try await self.poll()
    }

    mutating func step() async throws {
        self.step += 1
        for _ in 1...12 { try self.history.step() }
        if self.history.chance(70) { try await self.pipeline.makeEverythingDue() }
        try await self.pipeline.discover()
        try await self.pipeline.update()
        if self.history.chance(80) { try await self.publish() }
        if self.history.chance(50) { try await self.poll() }
        // While the mirror is away, deletes are forgotten.
        if self.step == 5 {
            try await self.withdrawOne()
            var retention = Store.Retention()
            retention.tombstones = .seconds(-60)
            _ = try await self.pipeline.store.cleanUp(retention)
        }
    }

    mutating func finish() async throws {
        for _ in 1...4 {
            try await self.pipeline.makeEverythingDue()
            try await self.pipeline.discover()
            try await self.pipeline.update()
            try await self.publish()
        }
        try await self.poll()
    }

    /// A package that is published is closed, and its documents are deleted, whatever chance does.
    private func withdrawOne() async throws {
        let published = try await self.pipeline.store.publishedPackages(limit: 100_000)
        let slugs = published.filter { $0.source == "wordpress-plugins" }.map {
            String($0.name.drop { $0 != "/" }.dropFirst())
        }
        // One whose directory was removed just now can't be closed.
        let slug = try #require(slugs.first { self.pipeline.world.package(.plugins, slug: $0) != nil })
        try self.pipeline.world.close(slug: slug)
        try await self.pipeline.makeEverythingDue()
        try await self.pipeline.update()
        try await Self.publish(self.pipeline, self.publisher)
    }

    /// By two workers at once, while the mirror looks.
    private mutating func publish() async throws {
        let (pipeline, publisher) = (self.pipeline, self.publisher)
        async let first: Void = Self.publish(pipeline, publisher)
        async let second: Void = Self.publish(pipeline, publisher)
        if self.history.chance(60) { try await self.poll() }
        _ = try await (first, second)
    }

    private static func publish(_ pipeline: Pipeline, _ publisher: Publisher?) async throws {
        if let publisher { try await publisher.publish() } else { try await pipeline.sync() }
    }

    /// Each time from a server that has just started.
    private mutating func poll() async throws {
        var follower = self.follower
        self.follower = try await RunningSite.with(self.pipeline.store) { port in
            try await follower.poll(port: port)
            return follower
        }
    }

    /// The documents of packages, by the names that a mirror has for them.
    func published(_ bucket: [String: [UInt8]]) -> [String: [UInt8]] {
        let documents = bucket.filter { $0.key.hasPrefix("p2/") }.map { key, bytes in
            (String(key.dropFirst("p2/".count).dropLast(".json".count)), bytes)
        }
        return Dictionary(uniqueKeysWithValues: documents)
    }
}
