import Command
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// What `sync` makes of WordPress.org's archives, as they come.
@Suite struct DirectoryFetchingTests {
    private func with(
        _ database: TestDatabase,
        _ slugs: [String] = ["p"],
        _ body: (Pipeline, SandboxWorld) async throws -> Void
    ) async throws {
        let world = SandboxWorld()
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3_600)
        for slug in slugs { try world.add(.plugins, SandboxPackage(slug: slug), tags: ["1.0"]) }
        try await Pipeline.with(database, world: world, sources: "wordpress-plugins") { pipeline in
            var pipeline = pipeline
            pipeline.keepArchives()
            pipeline.fetchesArchives = true
            try await pipeline.discover(.fromTheStart)
            try await pipeline.update()
            try await body(pipeline, world)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: bytes of before the last commit to a tag are not taken for those of after it`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, world in
            #expect(try await pipeline.sync().counters[.archivesFetched] == 1)
            let first = pipeline.archives
            try world.commit(.plugins, slug: "p", .rewriteTag("1.0"))
            try await pipeline.discover()
            try await pipeline.makeEverythingDue()
            try await pipeline.update()
            pipeline.sandbox.fail(SandboxFault(.stale, route: .pluginArchive))
            let early = try await pipeline.sync()
            #expect(early.exit == .done && early.counters[.archivesBehind] == 1)
            #expect(pipeline.archives == first)
            pipeline.sandbox.clearFaults()
            try await pipeline.endArchiveWaits()
            #expect(try await pipeline.sync().counters[.archivesFetched] == 1)
            #expect(pipeline.archives.count == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what an archive says of its version is kept with it, and where upstream has none that is noted`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database, ["p", "q"]) { pipeline, _ in
            pipeline.sandbox.fail(SandboxFault(.status(404), route: .pluginArchive, pattern: "q"))
            let outcome = try await pipeline.sync()
            #expect(outcome.exit == .done)
            #expect(outcome.counters[.archivesFetched] == 1 && outcome.counters[.archivesAbsent] == 1)
            let there = try await pipeline.store.trail(ofPackage: "wp-plugin/p")?.archives.first
            #expect(there?.stored?.headerVersion == "1.0")
            let absent = try await pipeline.store.trail(ofPackage: "wp-plugin/q")?.archives.first
            #expect(absent?.absentSinceMilliseconds != nil && absent?.lastError?.contains("404") == true)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a package that is named has its archives fetched, and force those that wait for their next try`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database, ["p", "q"]) { pipeline, _ in
            var options = StageOptions()
            options.packages = ["wp-plugin/q"]
            pipeline.sandbox.fail(SandboxFault(.status(500), route: .pluginArchive))
            #expect(try await pipeline.sync(options: options).counters[.archivesFailed] == 1)
            pipeline.sandbox.clearFaults()
            #expect(try await pipeline.sync(options: options).counters[.archivesFetched, default: 0] == 0)
            options.isForced = true
            #expect(try await pipeline.sync(options: options).counters[.archivesFetched] == 1)
            let named = try await pipeline.store.trail(ofPackage: "wp-plugin/q")?.archives.first
            let other = try await pipeline.store.trail(ofPackage: "wp-plugin/p")?.archives.first
            #expect(named?.stored != nil && other?.stored == nil)
        }
    }
}
