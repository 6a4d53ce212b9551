import Command
import ComposerRepository
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// Documents behind a CDN: stale, or not there yet, after the feed told of them.
@Suite struct StaleAnswerTests {
    private func with(
        _ database: TestDatabase,
        _ body: (Pipeline, ComposerWorld, ComposerMount) async throws -> Void
    ) async throws {
        let world = ComposerWorld(packages: 10)
        let mount = try ComposerMount("packagist", .packagist, world)
        try await RepositoryTests.with(database, [mount]) { pipeline in
            try await pipeline.round()
            try await body(pipeline, world, mount)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: a stale document is looked at again by itself, and holds neither the cursor nor others`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, world, mount in
            let (stale, other) = (world.name(0), world.name(1))
            try world.lag(name: stale)
            try world.publish([stale, other])
            try await pipeline.discover()
            let outcome = try await pipeline.update()
            try await pipeline.sync()
            #expect(outcome.counters["packages_behind"] == 1 && outcome.counters["packages_failed"] == nil)
            #expect(try pipeline.versions(other)?.first == world.newestVersion(other))
            #expect(try pipeline.versions(stale)?.contains(try #require(world.newestVersion(stale))) != true)
            #expect(try await pipeline.feedCursor == world.now + 1)
            let row = try await pipeline.row(stale)
            #expect(row.looks == 1 && row.attempts == 0)
            #expect(try await pipeline.behind == 1)
            #expect(try #require(row.dueInMilliseconds) <= 15_000)
            #expect(try await pipeline.row(other).dueInMilliseconds == nil, "nothing else is looked at")

            // Each look is later than the one before.
            var waits: [Int64] = []
            for _ in 1...3 {
                try await pipeline.makeEverythingDue()
                try await pipeline.update()
                waits.append(try #require(try await pipeline.row(stale).dueInMilliseconds))
            }
            #expect(waits == waits.sorted() && waits[2] > 60_000)

            world.releaseLag(name: stale)
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(try await pipeline.row(stale).dueInMilliseconds == nil)
            #expect(try await pipeline.behind == 0)
            try await pipeline.expectConverged(mount, "no lag")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what never becomes as new as the feed says is looked at for a day and then left`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, world, _ in
            let stale = world.name(0)
            try world.lag(name: stale)
            try world.publish([stale])
            try await pipeline.discover()
            var (looks, waited): (Int, Int64) = (0, 0)
            while looks < 100 {
                try await pipeline.makeEverythingDue()
                try await pipeline.update()
                guard let wait = try await pipeline.row(stale).dueInMilliseconds else { break }
                (looks, waited) = (looks + 1, waited + wait)
            }
            #expect((10...30).contains(looks) && (20...30).contains(waited / 3_600_000))
            #expect(try await pipeline.behind == 0, "nobody waits any more")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `two changes in one second, which have one Last-Modified, are both seen`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, world, mount in
            let name = world.name(0)
            for _ in 1...3 {
                try world.publish([name])
                try await pipeline.round()
                try world.publish([name], isSameSecond: true)
                try await pipeline.round()
                #expect(try pipeline.versions(name)?.first == world.newestVersion(name))
            }
            try await pipeline.expectConverged(mount, "all seen")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a new package whose documents are not there yet comes once they are`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, world, mount in
            try world.lag()
            let new = world.add(count: 1)[0]
            try await pipeline.discover()
            let outcome = try await pipeline.update()
            try await pipeline.sync()
            #expect(outcome.counters["packages_behind"] == 1 && outcome.counters["packages_failed"] == nil)
            #expect(try pipeline.versions(new) == nil)
            #expect(try #require(try await pipeline.row(new).dueInMilliseconds) <= 15_000)
            #expect(try await pipeline.behind == 1)

            world.releaseLag()
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            try await pipeline.expectConverged(mount, "all there")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a new package of which one document is not there yet is looked at again`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, world, mount in
            let new = world.add(count: 1)[0]
            pipeline.sandbox.fail(SandboxFault(.status(404), route: .composerDocument, pattern: "*/p2/\(new).json"))
            try await pipeline.round()
            #expect(try pipeline.versions(new) == [])
            #expect(try pipeline.versions(new, isDev: true)?.isEmpty == false)
            #expect(try #require(try await pipeline.row(new).dueInMilliseconds) <= 15_000)
            pipeline.sandbox.clearFaults()
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            try await pipeline.expectConverged(mount, "both")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P9: one of two documents that answers 404 for a while stays published`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, world, mount in
            let name = world.name(0)
            for path in ["p2/\(name).json", "p2/\(name)~dev.json"] {
                pipeline.sandbox.fail(SandboxFault(.status(404), route: "composer-*", pattern: "*/\(path)"))
                try world.publish([name])
                let before = pipeline.documents
                try await pipeline.round()
                #expect(pipeline.documents == before, "\(path)")
                pipeline.sandbox.clearFaults()
                try await pipeline.makeEverythingDue()
                try await pipeline.round()
                try await pipeline.expectConverged(mount, path)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases, [404, 410])
    func `a package that was gone comes back with the Last-Modified that it had`(
        _ database: TestDatabase,
        _ status: Int
    ) async throws {
        try await self.with(database) { pipeline, world, mount in
            let name = world.name(0)
            pipeline.sandbox.fail(SandboxFault(.status(status), route: "composer-*", pattern: "*/p2/\(name)*"))
            try await pipeline.settle()
            #expect(try pipeline.versions(name) == nil && pipeline.versions(name, isDev: true) == nil)
            pipeline.sandbox.clearFaults()
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            try await pipeline.expectConverged(mount, "back")
        }
    }
}
