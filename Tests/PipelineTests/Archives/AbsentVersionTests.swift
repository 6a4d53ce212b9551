import Command
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// Versions that upstream lists and has no archive of, through the stages.
@Suite struct AbsentVersionTests {
    private static let day: Int64 = 86_400_000

    private func world(plugins: Int) throws -> SandboxWorld {
        let world = SandboxWorld()
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3_600)
        for index in 0..<plugins {
            try world.add(.plugins, SandboxPackage(slug: "p\(index)"), tags: index == 0 ? ["1.0", "1.1"] : ["1.0"])
        }
        return world
    }

    /// Upstream is asked for everything that is due, and does not have this version; all others can wait.
    private func miss(_ pipeline: Pipeline, _ version: String? = nil) async throws {
        let claims = try await pipeline.claimArchives()
        func isMissing(_ claim: ClaimedArchive) -> Bool { version == nil || claim.archive.version == version }
        try await pipeline.miss(claims.filter(isMissing))
        try await pipeline.store.postponeArchives(claims.filter { !isMissing($0) }.map { ($0, 100 * Self.day) })
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is published can be installed: a version without an archive for a day goes, and is back with it`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: try self.world(plugins: 1), sources: "wordpress-plugins") { pipeline in
            var pipeline = pipeline
            pipeline.keepArchives()
            try await pipeline.round(.fromTheStart)
            let whole = try #require(pipeline.text("p2/wp-plugin/p0.json"))
            try await self.miss(pipeline, "1.0.0.0")
            try await pipeline.sync()
            #expect(pipeline.text("p2/wp-plugin/p0.json") == whole)
            try await pipeline.passArchiveTime(milliseconds: Self.day)
            try await self.miss(pipeline, "1.0.0.0")
            #expect(try await pipeline.sync().counters[.versionsAbsent] == 1)
            let without = try #require(pipeline.text("p2/wp-plugin/p0.json"))
            #expect(!without.contains(#""1.0.0.0""#) && without.contains(#""1.1.0.0""#))
            // No request is needed for it to stay so.
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(pipeline.text("p2/wp-plugin/p0.json") == without)
            try await pipeline.passArchiveTime(milliseconds: 2 * Self.day)
            let claims = try await pipeline.claimArchives()
            try await pipeline.store(claims)
            try await pipeline.passArchiveTime()
            try await pipeline.discover()
            try await pipeline.sync()
            let back = try #require(pipeline.text("p2/wp-plugin/p0.json"))
            #expect(back.contains(try #require(claims.first).ours) && back.contains(#""1.1.0.0""#))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P23: upstream's archives that are all gone take no more packages than a person need not see`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: try self.world(plugins: 20), sources: "wordpress-plugins") {
            pipeline in
            var pipeline = pipeline
            pipeline.keepArchives()
            try await pipeline.round(.fromTheStart)
            try await self.miss(pipeline)
            try await pipeline.passArchiveTime(milliseconds: Self.day)
            try await self.miss(pipeline)
            for _ in 1...2 { try await pipeline.sync() }
            let held = try #require(try await pipeline.store.pipelineState().sources.first).held
            #expect(try pipeline.packagesWithVersions() == held && held >= 17)
            try await pipeline.makeEverythingDue()
            #expect(try await pipeline.update().exit == .refused)
            #expect(try await pipeline.confirmWithdrawals().exit == .done)
            try await pipeline.sync()
            #expect(try pipeline.packagesWithVersions() == 0)
        }
    }
}
