import Command
import ComposerRepository
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Upstream

/// P18 and P6: what fails for ever holds back itself.
@Suite struct FailingDocumentTests {
    static let effects: [SandboxFault.Effect] = [
        .status(500), .status(401), .status(403), .htmlPage, .emptyBody, .malformedJSON, .truncated, .reset,
        .huge(bytes: 100 << 20),
    ]

    @Test(arguments: TestDatabase.allCases, Self.effects.indices)
    func `P18: a document that fails for ever holds back its package and nothing else`(
        _ database: TestDatabase,
        _ effect: Int
    ) async throws {
        try await RepositoryTests.withPackagist(database) { pipeline, world, mount in
            let failing = world.name(3)
            let before = try pipeline.versions(failing)
            pipeline.sandbox.fail(
                SandboxFault(Self.effects[effect], route: .composerDocument, pattern: "*/p2/\(failing).json")
            )
            for attempts in 1...2 as ClosedRange<Int64> {
                try world.publish(world.names)
                let new = world.add(count: 1)
                try await pipeline.discover()
                let outcome = try await pipeline.update()
                try await pipeline.sync()
                #expect(outcome.counters["packages_failed"] == 1)
                #expect(outcome.counters["packages_unanswered", default: 0] == 0)
                for name in world.names + new where name != failing {
                    #expect(try pipeline.versions(name)?.first == world.newestVersion(name), "\(name)")
                }
                #expect(try pipeline.versions(failing) == before)
                #expect(try await pipeline.row(failing).attempts == attempts)
                #expect(try await pipeline.feedCursor == world.now + 1)
            }
            pipeline.sandbox.clearFaults()
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            try await pipeline.expectConverged(mount, "well again")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P18: a document of another package, or of none, replaces nothing`(_ database: TestDatabase) async throws {
        try await RepositoryTests.withPackagist(database) { pipeline, world, mount in
            let (swapped, bent) = (world.name(3), world.name(4))
            try world.answer(swapped, with: world.name(5))
            try world.bend(bent, ComposerQuirk.none)
            let others = world.names.filter { $0 != swapped && $0 != bent }
            let before = pipeline.documents
            try world.publish(world.names)
            try await pipeline.discover()
            #expect(try await pipeline.update().counters["packages_failed"] == 2)
            try await pipeline.sync()
            for name in others { #expect(try pipeline.versions(name)?.first == world.newestVersion(name), "\(name)") }
            for name in [swapped, bent] {
                for path in ["p2/\(name).json", "p2/\(name)~dev.json"] {
                    #expect(pipeline.documents[path] == before[path], "\(path)")
                }
            }
            try world.answer(swapped, with: nil)
            try world.bend(bent, nil)
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            try await pipeline.expectConverged(mount, "right again")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P18: a document of a tree that is not what its hash says holds back its package`(
        _ database: TestDatabase
    ) async throws {
        let world = ComposerWorld(packages: 10)
        let mount = try ComposerMount("tree", .providers, world)
        try await RepositoryTests.with(database, [mount]) { pipeline in
            try await pipeline.round()
            let failing = world.name(3)
            let before = try pipeline.versions(failing)
            // Well-formed, and another's bytes.
            pipeline.sandbox.fail(
                SandboxFault(
                    .rewritten(original: "\"packages\"", text: "\"packages\" "),
                    route: .composerProvider,
                    pattern: "*/p/\(failing)*"
                )
            )
            try world.publish(world.names)
            try await pipeline.discover()
            let outcome = try await pipeline.update()
            try await pipeline.sync()
            #expect(outcome.counters["packages_failed"] == 1)
            for name in world.names where name != failing {
                let newest = try #require(world.newestVersion(name))
                #expect(try pipeline.versions(name)?.contains(newest) == true, "\(name)")
            }
            #expect(try pipeline.versions(failing) == before)
            pipeline.sandbox.clearFaults()
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(try pipeline.versions(failing)?.contains(try #require(world.newestVersion(failing))) == true)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P18: a listing that can't be had holds back its packages, and is asked for again`(
        _ database: TestDatabase
    ) async throws {
        let world = ComposerWorld(packages: 40)
        let mount = try ComposerMount("tree", .providers, world)
        try await RepositoryTests.with(database, [mount]) { pipeline in
            try await pipeline.round()
            try world.publish(world.names)
            pipeline.sandbox.fail(SandboxFault(.status(404), route: .composerListing, times: 1))
            let outcome = try await pipeline.discover()
            #expect(outcome.exit == .partial && outcome.error?.contains("1 file could not be had") == true)
            #expect(outcome.error?.contains("/tree/p/provider-") == true, "\(outcome.error ?? "")")
            #expect(!outcome.notes.contains { $0.contains("can't be read") })
            let source = pipeline.settings.stages.sources[0].name
            #expect(try await pipeline.store.source(source)?.failingSinceMilliseconds != nil)
            try await pipeline.update()
            try await pipeline.sync()
            func isNew(_ name: String) throws -> Bool {
                try pipeline.versions(name)?.contains(try #require(world.newestVersion(name))) == true
            }
            let new = try world.names.filter(isNew)
            #expect(!new.isEmpty && new.count < 40, "those of the other listings")
            try await pipeline.round()
            #expect(try world.names.filter(isNew).count == 40)
            #expect(try await pipeline.store.source(source)?.failingSinceMilliseconds == nil)
            mount.resetRequests()
            try await pipeline.round()
            #expect(mount.requests.total == 1, "it is settled")
        }
    }

    @Test(arguments: [SandboxFault.Effect.malformedJSON, .status(404)].indices)
    func `P18: an include that can't be had is asked for once in a run, and its packages stay`(
        _ effect: Int
    ) async throws {
        let world = ComposerWorld(packages: 10)
        let mount = try ComposerMount("satis", .includes, world)
        try await RepositoryTests.with(.sqlite, [mount]) { pipeline in
            try await pipeline.round()
            let before = pipeline.documents
            let effect = [SandboxFault.Effect.malformedJSON, .status(404)][effect]
            pipeline.sandbox.fail(SandboxFault(effect, route: .composerInclude))
            try await pipeline.makeEverythingDue()
            mount.resetRequests()
            try await pipeline.update()
            try await pipeline.sync()
            #expect(mount.requests.count(.composerInclude) == 1)
            #expect(pipeline.documents == before)
        }
    }

    @Test(arguments: [ComposerShape.providers, .includes, .inlineMaps])
    func `a stretch of a few packages after the other takes in every file, nested ones too`(
        _ shape: ComposerShape
    ) async throws {
        let world = ComposerWorld(packages: 60)
        let mount = try ComposerMount("repo", shape, world)
        try await RepositoryTests.with(.sqlite, [mount]) { pipeline in
            var configuration = DiscoverStage.Configuration()
            configuration.chunkSize = 1
            try await pipeline.round(configuration)
            try world.publish(world.names)
            try await pipeline.round(configuration)
            for name in world.names {
                let newest = try #require(world.newestVersion(name))
                #expect(try pipeline.versions(name)?.contains(newest) == true, "\(name)")
            }
        }
    }
}
