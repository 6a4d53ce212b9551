import Command
import ComposerRepository
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P21: a change feed that says what is not so.
@Suite struct FeedLieTests {
    enum Lie: String, CaseIterable {
        case restarted, jumpsBack, repeats, oddActions, resync, future, beyondNumbers, text, null, fraction

        var fault: ComposerFeedFault {
            switch self {
            case .restarted: .restarted
            case .jumpsBack: .jumpsBack(units: 36_000_000)
            case .repeats: .repeats
            case .oddActions: .oddActions
            case .resync: .resync
            case .future: .timestamp(json: "9223372036854775807")
            case .beyondNumbers: .timestamp(json: "99999999999999999999999999")
            case .text: .timestamp(json: "\"17172000000000001\"")
            case .null: .timestamp(json: "null")
            case .fraction: .timestamp(json: "1e300")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases, Lie.allCases)
    func `P21: after a feed's lie the mirror is as upstream again, and while it lies nothing is deleted`(
        _ database: TestDatabase,
        _ lie: Lie
    ) async throws {
        try await RepositoryTests.withPackagist(database) { pipeline, world, mount in
            let before = Set(pipeline.documents.keys)
            world.breakFeed(lie.fault)
            for _ in 1...2 {
                world.publish(count: 2)
                try await pipeline.round()
                #expect(before.isSubset(of: Set(pipeline.documents.keys)))
                #expect(try #require(try await pipeline.feedCursor) <= world.now + 1)
            }
            world.mendFeed()
            world.publish(count: 2)
            world.add(count: 1)
            try await pipeline.round()
            try await pipeline.expectConverged(mount, "mended")
            #expect(try await pipeline.feedCursor == world.now + 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: a feed that has begun anew for good is followed from there, after a look at everything`(
        _ database: TestDatabase
    ) async throws {
        try await RepositoryTests.withPackagist(database) { pipeline, world, mount in
            world.breakFeed(.restarted)
            world.publish(count: 2)
            world.add(count: 1)
            var outcome = try await pipeline.discover()
            #expect(outcome.notes.contains { $0.contains("a replica that lags, it seems") })
            #expect(outcome.counters["made_due"] == nil)

            var patient = DiscoverStage.Configuration()
            patient.maxLag = .zero
            outcome = try await pipeline.discover(patient)
            #expect(outcome.exit == .done && outcome.counters["made_due"] == 10)
            try await pipeline.update()
            try await pipeline.sync()
            try await pipeline.expectConverged(mount, "looked at")
            mount.resetRequests()
            try await pipeline.round()
            #expect(mount.requests.total == 1, "it is settled")

            world.mendFeed()
            world.publish(count: 2)
            try await pipeline.round()
            try await pipeline.expectConverged(mount, "back")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: what one answer of a feed says of how far it goes is not believed`(
        _ database: TestDatabase
    ) async throws {
        try await RepositoryTests.withPackagist(database) { pipeline, world, mount in
            // The answer with the changes, or the one before that says where the feed is; by a digit more.
            for skip in [1, 0] {
                pipeline.sandbox.fail(
                    SandboxFault(
                        .rewritten(original: "\"timestamp\":", text: "\"timestamp\":2"),
                        route: .composerFeed,
                        times: 1,
                        skip: skip
                    )
                )
                let changed = world.publish(count: 1)[0]
                try await pipeline.round()
                #expect(try #require(try await pipeline.feedCursor) <= world.now + 1)
                pipeline.sandbox.clearFaults()
                try await pipeline.round()
                #expect(try pipeline.versions(changed)?.first == world.newestVersion(changed))
                #expect(try await pipeline.feedCursor == world.now + 1)
            }
            try await pipeline.expectConverged(mount, "after both")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: a 400 that is not the feed's own is an error, and nobody is looked at for it`(
        _ database: TestDatabase
    ) async throws {
        try await RepositoryTests.withPackagist(database) { pipeline, world, mount in
            let cursor = try await pipeline.feedCursor
            // After the question where the feed is, the one for changes.
            pipeline.sandbox.fail(SandboxFault(.status(400), route: .composerFeed, times: 1, skip: 1))
            let changed = world.publish(count: 1)[0]
            let outcome = try await pipeline.discover()
            #expect(outcome.exit == .failed && outcome.error?.contains("timestamp to begin with") == true)
            #expect(outcome.counters["made_due"] == nil)
            #expect(try await pipeline.feedCursor == cursor)

            try await pipeline.round()
            #expect(try pipeline.versions(changed)?.first == world.newestVersion(changed))
            try await pipeline.expectConverged(mount, "answered")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: a feed that refuses the cursor without saying where to begin is begun with anew, after a day and once`(
        _ database: TestDatabase
    ) async throws {
        try await RepositoryTests.withPackagist(database) { pipeline, world, mount in
            func discover(_ configuration: DiscoverStage.Configuration) async throws -> StageOutcome {
                // Where the feed is it says; what has changed since the cursor it does not.
                let fault = SandboxFault(.status(400), route: .composerFeed, times: 1, skip: 1)
                let id = pipeline.sandbox.fail(fault)
                defer { pipeline.sandbox.clearFaults(id: id) }
                return try await pipeline.discover(configuration)
            }
            // Trouble of another kind says nothing of the feed.
            try await pipeline.store.note(isFailing: true, source: pipeline.settings.stages.owning[0].name)
            let usual = DiscoverStage.Configuration()
            var patient = usual
            patient.maxRefusal = .milliseconds(1)
            let changed = world.publish(count: 1)[0]
            let new = world.add(count: 1)[0]
            for _ in 1...2 {
                let outcome = try await discover(usual)
                #expect(outcome.exit == .failed && outcome.counters["made_due"] == nil)
            }
            let outcome = try await discover(patient)
            #expect(outcome.exit == .done && outcome.counters["made_due"] == 10)
            #expect(outcome.notes.contains { $0.contains("for too long") })
            try await pipeline.update()
            try await pipeline.sync()
            #expect(try pipeline.versions(changed)?.first == world.newestVersion(changed))
            #expect(try pipeline.versions(new)?.first == world.newestVersion(new))
            try await pipeline.expectConverged(mount, "begun anew")
            #expect(try await pipeline.feedCursor == world.now + 1)
            mount.resetRequests()
            #expect(try await pipeline.discover().exit == .done)
            #expect(mount.requests.total == 1, "it is settled")

            // One that still refuses is an error again, and nobody is looked at for it.
            world.publish(count: 1)
            let again = try await discover(usual)
            #expect(again.exit == .failed && again.counters["made_due"] == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P18: a feed that can't be read does not keep the listing from being compared, and hides no change`(
        _ database: TestDatabase
    ) async throws {
        let world = ComposerWorld(packages: 10)
        let mount = try ComposerMount("packagist", .packagist, world)
        try await RepositoryTests.with(database, [mount]) { pipeline in
            pipeline.sandbox.fail(SandboxFault(.status(403), route: .composerFeed))
            for reconciles in [false, true] {
                let new = world.add(count: 1)[0]
                var configuration = DiscoverStage.Configuration()
                configuration.reconciles = reconciles
                let outcome = try await pipeline.discover(configuration)
                #expect(outcome.exit == .failed && outcome.error?.contains("403") == true)
                #expect(outcome.notes.contains { $0.contains("only the listing is read") })
                try await pipeline.update()
                try await pipeline.sync()
                #expect(try pipeline.versions(new)?.first == world.newestVersion(new))
                #expect(try await pipeline.feedCursor == nil)
            }
            // Nobody has told of this one.
            world.publish(count: 1)
            pipeline.sandbox.clearFaults()
            try await pipeline.round()
            try await pipeline.expectConverged(mount, "mended")
            #expect(try await pipeline.feedCursor == world.now + 1)

            pipeline.sandbox.fail(SandboxFault(.malformedJSON, route: .composerFeed))
            world.publish(count: 1)
            #expect(try await pipeline.discover().exit == .failed)
            pipeline.sandbox.clearFaults()
            try await pipeline.round()
            try await pipeline.expectConverged(mount, "mended again")
        }
    }

    @Test func `P21: actions that can't be used are counted and passed over`() async throws {
        try await RepositoryTests.withPackagist(.sqlite) { pipeline, world, _ in
            world.breakFeed(.oddActions)
            let changed = world.publish(count: 1)[0]
            let outcome = try await pipeline.discover()
            #expect(outcome.exit == .done)
            #expect(outcome.counters["log_items"] == 13, "eleven odd ones, and two documents")
            #expect(outcome.counters["log_items_damaged", default: 0] >= 5)
            #expect(outcome.counters["names_left_out", default: 0] >= 3)
            try await pipeline.update()
            try await pipeline.sync()
            #expect(try pipeline.versions(changed)?.first == world.newestVersion(changed))
            #expect(try await pipeline.feedCursor == world.now + 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: a resync makes all due and finds what is new, with conditional requests`(
        _ database: TestDatabase
    ) async throws {
        try await RepositoryTests.withPackagist(database) { pipeline, world, mount in
            world.publish(count: 1, .dev)
            let new = world.add(count: 2)
            // What the feed has forgotten it can't tell.
            world.advance(seconds: 200_000)
            world.publish(count: 1, .dev)
            mount.resetRequests()
            let outcome = try await pipeline.discover()
            #expect(outcome.counters["made_due"] == 10 && outcome.counters["packages_new"] == 2)
            try await pipeline.update()
            try await pipeline.sync()
            #expect(mount.requests.count(.composerDocument) == 12)
            #expect(mount.requests.notModified >= 18, "each document that is as it was")
            for name in new { #expect(try pipeline.versions(name)?.first == world.newestVersion(name)) }
            try await pipeline.expectConverged(mount, "resynced")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P9: listings that disagree delete nothing`(_ database: TestDatabase) async throws {
        let world = ComposerWorld(packages: 30)
        let mounts = [
            try ComposerMount("packagist", .packagist, world), try ComposerMount("satis", .satis, world),
        ]
        for mount in mounts {
            try await RepositoryTests.with(database, [mount]) { pipeline in
                try await pipeline.round()
                let before = pipeline.documents
                world.letListingsDisagree(percent: 20)
                var configuration = DiscoverStage.Configuration()
                configuration.reconciles = true
                for maxShrink in [5, 5, 100, 100] {
                    configuration.maxShrinkPercent = maxShrink
                    try await pipeline.round(configuration)
                    #expect(pipeline.documents == before, "\(mount.name), \(maxShrink)")
                }
                world.letListingsDisagree(percent: 0)
                world.delete(count: 1)
                try await pipeline.round(configuration)
                try await pipeline.settle()
                try await pipeline.expectConverged(mount, mount.name)
            }
        }
    }
}
