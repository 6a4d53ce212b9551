import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P21: a feed that tells once that it can't tell, and a listing that can't be had just then.
///
/// Lies are told twice: to the question where upstream is, and to the one for changes.
@Suite struct ResyncTests {
    @Test(arguments: TestDatabase.allCases)
    func `P21: what a resync has passed over is found by the first run that can compare the listing`(
        _ database: TestDatabase
    ) async throws {
        try await RepositoryTests.withPackagist(database) { pipeline, world, mount in
            let fault = pipeline.sandbox.fail(SandboxFault(.status(500), route: "composer-list"))
            world.breakFeed(.resync, times: 2)
            let new = world.add(count: 1)
            #expect(try await pipeline.discover().exit != .done)
            // The feed tells of it no more: the cursor is beyond.
            world.publish(count: 1)
            #expect(try await pipeline.discover().exit != .done)
            #expect(try await pipeline.feedCursor == world.now + 1)

            pipeline.sandbox.clearFaults(id: fault)
            let outcome = try await pipeline.discover()
            #expect(outcome.exit == .done && outcome.counters["packages_new"] == 1)
            mount.resetRequests()
            #expect(try await pipeline.discover().exit == .done)
            #expect(mount.requests.total == 1, "it is compared once")
            try await pipeline.update()
            try await pipeline.sync()
            #expect(pipeline.text("p2/\(new[0]).json") != nil)
            try await pipeline.expectConverged(mount, "compared")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P9: what the feed has told of counts as known when the listing is compared`(
        _ database: TestDatabase
    ) async throws {
        try await RepositoryTests.withPackagist(database) { pipeline, world, mount in
            world.add(count: 150)
            try await pipeline.round()
            world.breakFeed(.resync, times: 2)
            world.add(count: 1)
            try await pipeline.round()
            try await pipeline.expectConverged(mount, "grown")
            #expect(pipeline.documents.count == 2 * 161)

            // More than is known of is refused as ever.
            world.breakFeed(.resync, times: 2)
            world.add(count: 120)
            let outcome = try await pipeline.discover()
            #expect(outcome.error?.contains("more than 269 directories where 161 were known") == true)
        }
    }
}
