import Command
import ComposerRepository
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Upstream

/// Curated sets of a Composer repository that follow what their packages require.
@Suite struct RequirementTests {
    /// Opens a pipeline over one repository, of which these names are wanted with all that they require.
    private static func with(
        _ database: TestDatabase,
        _ world: ComposerWorld,
        shape: ComposerShape = .packagist,
        only names: [String],
        _ body: (Pipeline, ComposerMount) async throws -> Void
    ) async throws {
        let mount = try ComposerMount("packagist", shape, world)
        try await RepositoryTests.with(
            database,
            [mount],
            configure: { settings in
                settings.only = NameSelection(names: Set(names))
                settings.requires = true
            }
        ) { pipeline in try await body(pipeline, mount) }
    }

    /// A world in which `a` requires `b`, `b` and `c` each other, and nobody `d`; what they require besides follows from
    /// the world's seed.
    private static func world(packages: Int = 40) throws -> ComposerWorld {
        let world = ComposerWorld(packages: packages)
        try world.add(["agency/a", "agency/b", "agency/c", "agency/d"])
        try world.require("agency/a", ["agency/b", world.name(30)])
        try world.require("agency/b", ["agency/c"])
        try world.require("agency/c", ["agency/b"])
        return world
    }

    /// Publishes everything, and lets `a` require nothing any more, which is known afterwards.
    private static func endNeed(_ pipeline: Pipeline, _ world: ComposerWorld) async throws {
        try await pipeline.round()
        try world.require("agency/a", [], inEveryVersion: true)
        // One hears of it, and the next one goes by it.
        for _ in 1...2 { try await pipeline.reconcile() }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a mirror has what its packages require, cycles included, after one round, and nothing else`(
        _ database: TestDatabase
    ) async throws {
        let world = try Self.world()
        try await Self.with(database, world, only: ["agency/a"]) { pipeline, mount in
            try await pipeline.round()
            let closure = world.closure(of: ["agency/a"])
            #expect(closure.isSuperset(of: ["agency/b", "agency/c"]) && !closure.contains("agency/d"))
            #expect(pipeline.published == closure)
            let state = try #require(try await pipeline.store.pipelineState().sources.first)
            #expect(state.required == closure.count - 1 && state.unneeded == 0)

            // P4: what is known costs no request and no row.
            let rows = try await pipeline.rows()
            mount.resetRequests()
            try await pipeline.round()
            #expect(mount.requests.total == 1)
            #expect(try await pipeline.rows() == rows)
            // A listing that is due changes nothing either, but the time of it.
            try await pipeline.reconcile()
            let after = try await pipeline.rows()
            #expect(after["packages"] == rows["packages"] && after["objects"] == rows["objects"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `changes of what is required are taken in, and what that newly requires, and nothing else`(
        _ database: TestDatabase
    ) async throws {
        let world = try Self.world()
        try await Self.with(database, world, only: ["agency/a"]) { pipeline, mount in
            try await pipeline.round()
            let before = pipeline.published
            try world.publish(["agency/b", "agency/d"])
            try world.require("agency/c", ["agency/e"])
            try world.add(["agency/e"])
            mount.resetRequests()
            try await pipeline.round()
            #expect(try pipeline.versions("agency/b")?.first == world.newestVersion("agency/b"))
            #expect(pipeline.published == world.closure(of: ["agency/a"]))
            #expect(pipeline.published.contains("agency/e"))
            let new = pipeline.published.subtracting(before).count
            #expect(mount.requests.count(.composerDocument) == 2 + new, "b, c, e and what that requires")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what upstream lacks is asked for once, and comes when it is published`(
        _ database: TestDatabase
    ) async throws {
        let world = try Self.world()
        try world.require("agency/a", ["agency/later"])
        try await Self.with(database, world, only: ["agency/a"]) { pipeline, mount in
            try await pipeline.round()
            mount.resetRequests()
            try await pipeline.round()
            #expect(mount.requests.total == 1)
            try world.add(["agency/later"])
            try await pipeline.round()
            #expect(pipeline.published.contains("agency/later"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is needed no longer stays for seven days and goes then, cycles too`(
        _ database: TestDatabase
    ) async throws {
        let world = try Self.world()
        try await Self.with(database, world, only: ["agency/a"]) { pipeline, _ in
            try await Self.endNeed(pipeline, world)
            #expect(pipeline.published.isSuperset(of: ["agency/b", "agency/c"]))
            // It is kept up to date meanwhile.
            try world.publish(["agency/b"])
            try await pipeline.reconcile()
            #expect(try pipeline.versions("agency/b")?.first == world.newestVersion("agency/b"))
            try await pipeline.letDaysPass(6)
            try await pipeline.reconcile()
            // Nothing waits for a person's word either.
            try await pipeline.confirmWithdrawals()
            try await pipeline.sync()
            #expect(pipeline.published.isSuperset(of: ["agency/b", "agency/c"]))
            try await pipeline.letDaysPass(2)
            try await pipeline.reconcile()
            try await pipeline.confirmWithdrawals()
            try await pipeline.sync()
            #expect(pipeline.published == ["agency/a"])

            // P5: it comes back as it would be the first time.
            try world.require("agency/a", ["agency/c"])
            try await pipeline.round()
            #expect(pipeline.published == world.closure(of: ["agency/a"]))
            #expect(try await pipeline.store.failures(limit: 5).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is required again within seven days stays, with what it requires`(
        _ database: TestDatabase
    ) async throws {
        let world = try Self.world()
        try await Self.with(database, world, only: ["agency/a"]) { pipeline, _ in
            try await Self.endNeed(pipeline, world)
            try await pipeline.letDaysPass(8)
            try world.require("agency/a", ["agency/b"])
            // Not even for a moment: it is needed before it is looked at.
            try await pipeline.discover()
            try await pipeline.update()
            #expect(try await pipeline.store.pipelineState().documentsToDelete == 0)
            try await pipeline.sync()
            #expect(pipeline.published.isSuperset(of: ["agency/b", "agency/c"]))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P23: much that is needed no longer waits for a person`(_ database: TestDatabase) async throws {
        let world = ComposerWorld(packages: 40)
        try world.add(["agency/a"])
        try world.require("agency/a", (20..<40).map { world.name($0) })
        try await Self.with(database, world, only: ["agency/a"]) { pipeline, _ in
            try await pipeline.round()
            let before = pipeline.published
            try world.require("agency/a", [], inEveryVersion: true)
            try await pipeline.reconcile()
            try await pipeline.reconcile()
            try await pipeline.letDaysPass(8)
            try await pipeline.discover(.reconciling)
            let outcome = try await pipeline.update()
            #expect(outcome.exit == .refused && outcome.error?.contains("nothing needs them") == true)
            try await pipeline.sync()
            #expect(pipeline.published == before)
            try await pipeline.confirmWithdrawals()
            try await pipeline.sync()
            #expect(pipeline.published == ["agency/a"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `more than the limit is refused with a count, and taken in when the limit is raised`(
        _ database: TestDatabase
    ) async throws {
        let world = try Self.world()
        try await Self.with(database, world, only: ["agency/a"]) { pipeline, mount in
            var limited = pipeline
            try limited.configure(mount) { $0.requireLimit = 2 }
            try await limited.discover()
            let outcome = try await limited.update()
            #expect(outcome.exit == .refused)
            #expect(outcome.error?.contains("require-limit") == true)
            #expect((outcome.counters[.init(rawValue: "packages_refused")] ?? 0) > 0)
            try await limited.sync()
            #expect(limited.published.count == 3)
            let again = try await limited.discover(.reconciling)
            #expect(again.exit == .refused)
            try await pipeline.round()
            #expect(pipeline.published == world.closure(of: ["agency/a"]))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `require can be turned on later, and off again`(_ database: TestDatabase) async throws {
        let world = try Self.world()
        try await Self.with(database, world, only: ["agency/a"]) { pipeline, mount in
            var without = pipeline
            try without.configure(mount) { $0.requires = false }
            try await without.round()
            #expect(without.published == ["agency/a"])
            mount.resetRequests()
            try await pipeline.round()
            #expect(pipeline.published == world.closure(of: ["agency/a"]), "from what is stored of a")
            try await without.round()
            try await without.letDaysPass(8)
            try await without.reconcile()
            try await without.confirmWithdrawals()
            try await without.sync()
            #expect(without.published == ["agency/a"])
        }
    }

    @Test func `what is excluded is not followed`() async throws {
        let world = try Self.world()
        try await Self.with(.sqlite, world, only: ["agency/a"]) { pipeline, mount in
            var pipeline = pipeline
            try pipeline.configure(mount) { $0.exclude = NameSelection(names: ["agency/b"]) }
            try await pipeline.round()
            #expect(pipeline.published.isDisjoint(with: ["agency/b", "agency/c"]))
        }
    }

    @Test(arguments: [ComposerShape.providers, .includes, .satis, .lazy])
    func `other shapes of repositories are followed too, also where a package vanishes`(
        _ shape: ComposerShape
    ) async throws {
        let world = try Self.world()
        try await Self.with(.sqlite, world, shape: shape, only: ["agency/a"]) { pipeline, _ in
            try await pipeline.round()
            #expect(pipeline.published == world.closure(of: ["agency/a"]))
            try world.publish(["agency/c"])
            try world.delete(["agency/b"])
            try await pipeline.reconcile()
            try await pipeline.settle()
            #expect(!pipeline.published.contains("agency/b"))
            if world.closure(of: ["agency/a"]).contains("agency/c") {
                #expect(try pipeline.versions("agency/c")?.contains(world.newestVersion("agency/c") ?? "") == true)
            }
        }
    }
}

extension DiscoverStage.Configuration {
    static var reconciling: Self {
        var configuration = Self()
        configuration.reconciles = true
        return configuration
    }
}

extension Pipeline {
    /// The names of packages with a document in the bucket.
    var published: Set<String> {
        Set(
            self.bucket().keys.filter { $0.hasPrefix("p2/") }
                .map { String($0.dropFirst("p2/".count).dropLast(".json".count)).replacing("~dev", with: "") }
        )
    }

    /// A round whose listing is due.
    func reconcile() async throws { try await self.round(.reconciling) }

    mutating func configure(_ mount: ComposerMount, _ change: (inout RepositorySettings) -> Void) throws {
        self.settings.stages.sources = try self.settings.stages.sources.map { source in
            guard let source = source as? RepositorySource, source.settings.name == mount.name else { return source }
            var settings = source.settings
            change(&settings)
            return try RepositorySource(settings)
        }
    }

    /// As if so many days had passed for what is needed no longer.
    func letDaysPass(_ days: Int64) async throws {
        let milliseconds = days * 86_400_000
        _ = try await self.store.engine.write { session in
            try session.execute("UPDATE packages SET unneeded_since_ms = unneeded_since_ms - \(milliseconds)")
        }
    }
}
