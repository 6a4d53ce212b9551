import Command
import Composer
import Facts
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// `sync` brings archives into the bucket, and documents name what is there.
@Suite struct ArchiveFetchingTests: FetchedArchives {
    @Test(arguments: TestDatabase.allCases)
    func `P17: archives are fetched once, and named with their checksum and the reference as before`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, mount in
            var off = pipeline
            off.fetchesArchives = false
            try await off.round()
            let before = try pipeline.dists()
            #expect(before.count > 4 && pipeline.archives.isEmpty)

            let outcome = try await pipeline.sync()
            #expect(outcome.exit == .done)
            #expect(outcome.counters[.archivesFetched] == before.count)
            #expect(outcome.counters[.archiveBytes] == pipeline.archives.values.reduce(0) { $0 + $1.count })
            #expect(try pipeline.expectArchivesAreThere("at first") == before.count)
            let after = try pipeline.dists()
            #expect(after.map(\.reference) == before.map(\.reference) && after.map(\.version) == before.map(\.version))
            #expect(mount.requests.count(.composerArchive) == before.count)
            let key = try #require(pipeline.archives.keys.first)
            let object = try #require(pipeline.sandbox.objects.object(bucket: Pipeline.bucket, key: key))
            let headers = Dictionary(uniqueKeysWithValues: object.headers.map { ($0.name.lowercased(), $0.value) })
            #expect(headers["content-type"] == "application/zip")
            #expect(headers["cache-control"] == "public, max-age=31536000, immutable")

            // P4: nothing else is looked at, and one new version costs one request.
            try await pipeline.round()
            #expect(mount.requests.count(.composerArchive) == before.count)
            try mount.world.publish([mount.world.names[0]], .release)
            try await pipeline.round()
            #expect(mount.requests.count(.composerArchive) == before.count + 1)
            #expect(try pipeline.expectArchivesAreThere("a release later") == before.count + 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `however many workers there are, an archive is fetched once`(_ database: TestDatabase) async throws {
        try await self.with(database, packages: 12) { pipeline, mount in
            try await pipeline.discover()
            try await pipeline.update()
            let due = try await pipeline.store.dueArchives(sources: ["composer:packagist"]).count
            try await withThrowingTaskGroup(of: StageOutcome.self) { group in
                for _ in 1...4 { group.addTask { try await pipeline.sync() } }
                var fetched = 0
                for try await outcome in group { fetched += outcome.counters[.archivesFetched, default: 0] }
                #expect(fetched == due)
            }
            #expect(mount.requests.count(.composerArchive) == due)
            try await pipeline.endArchiveWaits()
            try await pipeline.sync()
            #expect(try pipeline.expectArchivesAreThere("after all") == due)
        }
    }

    @Test(
        arguments: TestDatabase.allCases,
        [
            SandboxFault.Effect.htmlPage, .emptyBody, .truncated, .malformedJSON, .status(404), .status(500), .reset,
            .status(403), .status(429, retryAfterSeconds: 3_600),
        ]
    )
    func `P17: whatever comes in place of an archive is not stored, and what was published stays`(
        _ database: TestDatabase,
        _ effect: SandboxFault.Effect
    ) async throws {
        try await self.with(database) { pipeline, mount in
            try await pipeline.discover()
            try await pipeline.update()
            pipeline.sandbox.fail(SandboxFault(effect, route: .composerArchive))
            let outcome = try await pipeline.sync()
            #expect(pipeline.archives.isEmpty)
            #expect(outcome.counters[.archivesFetched, default: 0] == 0)
            let published = try pipeline.dists()
            #expect(!published.isEmpty && published.allSatisfy { !$0.url.hasPrefix(Pipeline.archivesURL) })
            // One that upstream does not have, or not now, is no failure of ours.
            let isTrouble = ![.status(404), .status(429, retryAfterSeconds: 3_600)].contains(effect)
            #expect(outcome.exit == (isTrouble ? .partial : .done))
            if isTrouble { #expect(outcome.error?.contains(" failed and will be tried again") == true) }
            pipeline.sandbox.clearFaults()
            try await pipeline.endArchiveWaits()
            try await pipeline.sync()
            #expect(try pipeline.expectArchivesAreThere("when all is well") == published.count)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a full bucket takes no more, says so and deletes nothing; a larger one goes on`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, _ in
            var pipeline = pipeline
            try await pipeline.discover()
            try await pipeline.update()
            let dry = try await self.dryRun(pipeline)
            #expect(dry.counters[.wouldFetch, default: 0] > 4)
            #expect(dry.notes.contains { $0.contains("would fetch") && $0.contains("nobody knows yet") })
            pipeline.settings.stages.archives.budgetBytes = 2_000
            let outcome = try await pipeline.sync()
            #expect(outcome.exit == .done)
            #expect(outcome.notes.contains { $0.contains("PACKLINE_ARCHIVES_BUDGET_MB") })
            let (count, bytes) = try await pipeline.store.archiveTotals()
            #expect(count > 0 && bytes <= 2_000)
            #expect(try await self.dryRun(pipeline).notes.contains { $0.contains("by the mean of those") })
            let archives = pipeline.archives
            pipeline.settings.stages.archives.budgetBytes = 1 << 30
            try await pipeline.sync()
            #expect(pipeline.archives.count > archives.count)
            #expect(archives.keys.allSatisfy { pipeline.archives[$0] != nil })
            #expect(try await pipeline.store.dueArchives(sources: ["composer:packagist"]).count == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases, [403, 507, 301])
    func `a bucket that takes no archive, whichever it is, has no more of them fetched in vain`(
        _ database: TestDatabase,
        _ status: Int
    ) async throws {
        try await self.with(database) { pipeline, mount in
            try await pipeline.discover()
            try await pipeline.update()
            let due = try await pipeline.store.dueArchives(sources: ["composer:packagist"]).count
            pipeline.sandbox.fail(SandboxFault(.status(status), route: "s3-put", pattern: "dist/*"))
            let outcome = try await pipeline.sync(options: self.oneAtATime)
            #expect(outcome.exit == .partial && outcome.counters[.archivesFailed] == 1)
            #expect(mount.requests.count(.composerArchive) == 1)
            // Nothing is said of any of them, and none has to wait for a lease to end.
            let tried = try await pipeline.store.engine.read { session in
                try session.rows("SELECT id FROM archives WHERE attempts > 0 OR last_error IS NOT NULL").count
            }
            #expect(tried == 0)
            pipeline.sandbox.clearFaults()
            #expect(try await pipeline.sync().counters[.archivesFetched] == due)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `an archive that has no room in the bucket lets others go first in the next run`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, mount in
            var pipeline = pipeline
            try await pipeline.discover()
            try await pipeline.update()
            let due = try await pipeline.store.dueArchives(sources: ["composer:packagist"]).count
            pipeline.settings.stages.archives.budgetBytes = 1
            var first: Set<Int64> = []
            for _ in 1...due {
                let claims = try await pipeline.claimArchives()
                first.insert(try #require(claims.first?.id))
                try await pipeline.endLeases()
                try await pipeline.sync(options: self.oneAtATime)
            }
            #expect(first.count == due && mount.requests.count(.composerArchive) == due)
            #expect(pipeline.archives.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `an archive that could not be stored takes no room from others`(_ database: TestDatabase) async throws {
        try await self.with(database) { pipeline, _ in
            var (pipeline, options) = (pipeline, self.oneAtATime)
            try await pipeline.discover()
            try await pipeline.update()
            options.limit = 1
            try await pipeline.sync(options: options)
            let bytes = try await pipeline.store.archiveTotals().bytes
            // For one more, and not for two: all have about the same size.
            pipeline.settings.stages.archives.budgetBytes = bytes * 5 / 2
            pipeline.sandbox.fail(SandboxFault(.status(400), route: "s3-put", pattern: "dist/*", times: 1))
            let outcome = try await pipeline.sync(options: self.oneAtATime)
            #expect(outcome.counters[.archivesFailed] == 1 && outcome.counters[.archivesFetched] == 1)
        }
    }

    /// Of each source, and no more of it in flight.
    private var oneAtATime: StageOptions {
        var options = StageOptions()
        options.concurrency = 1
        return options
    }

    private func dryRun(_ pipeline: Pipeline) async throws -> StageOutcome {
        var options = StageOptions()
        options.isDryRun = true
        return try await pipeline.sync(options: options)
    }

    @Test(arguments: TestDatabase.allCases)
    func `an archive above the limit is not asked for again before it is raised`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, mount in
            var pipeline = pipeline
            pipeline.keepArchives { $0.maxBytes = 100 }
            try await pipeline.round()
            let asked = mount.requests.count(.composerArchive)
            #expect(asked > 0 && pipeline.archives.isEmpty)
            try await pipeline.endArchiveWaits()
            #expect(try await pipeline.sync().exit == .done)
            #expect(mount.requests.count(.composerArchive) == asked)
            pipeline.keepArchives()
            try await pipeline.round()
            #expect(try pipeline.expectArchivesAreThere("without a limit") == asked)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a folder for large archives that can't be used stops them, and nothing else`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, _ in
            var pipeline = pipeline
            pipeline.settings.stages.archives.temporaryFolder = "/nowhere"
            // Small ones are in memory.
            try await pipeline.round()
            #expect(try pipeline.expectArchivesAreThere("all are small") > 4)
        }
    }
}
