import Command
import Composer
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// What is known of vulnerable versions, from feeds to the bucket.
@Suite struct AdvisoryPublicationTests {
    private static let root = "advisories/packages.json"

    private static func inline(_ number: Int) -> String { "p2/wp-plugin/plugin-\(number).json" }
    private static func separate(_ number: Int) -> String { "advisories/p2/wp-plugin/plugin-\(number).json" }

    @Test(arguments: TestDatabase.allCases)
    func `P20: separate advisories are beside documents that stay as they are, and what changes is written alone`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 6), sources: "wordpress-plugins") { pipeline in
            try await pipeline.round()
            let before = pipeline.bucket()
            let feed = ScriptedFeed()
            feed.advisories = [
                try .about(plugin: "plugin-1", "A"), try .about(plugin: "plugin-2", "B"),
                try .about(package: "wp-plugin/plugin-2", "C"), try .about(plugin: "nobody-has-it", "D"),
            ]
            let separate = pipeline.with(.separate, [feed])
            try await separate.round()
            #expect(try separate.advisories(Self.separate(1)) == ["A"])
            #expect(try separate.advisories(Self.separate(2)) == ["B", "C"])
            #expect(separate.bucket().keys.filter { $0.hasPrefix("advisories/") }.count == 3)
            #expect(separate.bucket().filter { !$0.key.hasPrefix("advisories/") } == before)
            let text = try #require(separate.text(Self.separate(1)))
            #expect(text.hasPrefix(#"{"packages":[],"security-advisories":[{"advisoryId":"A","title""#))
            #expect(text.contains(#""attribution":[{"notice":"Copyright Acme","license":"May be copied.""#))
            let root = try #require(separate.text(Self.root))
            #expect(
                root
                    == #"{"packages":[],"metadata-url":"/advisories/p2/%package%.json","available-package-patterns":"#
                    + #"["wp-plugin/*"],"security-advisories":{"metadata":true}}"#
            )

            feed.advisories[0] = try .about(plugin: "plugin-1", "A", affected: "<=2.0")
            try await separate.discover()
            let outcome = try await separate.update()
            #expect(outcome.counters["documents_changed"] == 1, "\(outcome)")
            try await separate.sync()
            #expect(separate.text(Self.separate(1))?.contains("<=2.0") == true)

            feed.advisories.remove(at: 0)
            try await separate.round()
            #expect(try separate.advisories(Self.separate(1)) == nil)
            try await separate.round()

            // Without the repository of advisories nothing of it is left, and its root went first.
            let off = pipeline.with(.off, [feed])
            try await off.round()
            #expect(off.bucket() == before)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P20: inline advisories are in the documents, and the root says so`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 3), sources: "wordpress-plugins") { pipeline in
            try await pipeline.round()
            let before = pipeline.bucket()
            let feed = ScriptedFeed()
            feed.advisories = [try .about(plugin: "plugin-1", "A")]
            var inline = pipeline.with(.inline, [feed])
            try await inline.round()
            #expect(try inline.advisories(Self.inline(1)) == ["A"])
            #expect(try inline.versions("wp-plugin/plugin-1") == ["1.0"])
            #expect(inline.bucket()[Self.inline(2)] == before[Self.inline(2)])
            #expect(inline.text("packages.json")?.contains(#""security-advisories":{"metadata":true}"#) == true)
            inline.settings.stages.publicURL = "https://packages.example/"
            try await inline.round()
            let root = try #require(inline.text("packages.json"))
            #expect(
                root.contains(
                    #""security-advisories":{"metadata":true,"api-url":"https://packages.example/api/security-advisories/"}"#
                )
            )
            let off = pipeline.with(.off, [feed])
            try await off.round()
            #expect(off.bucket() == before)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P20: an outage keeps the last good state, and nothing that a feed says at once empties it`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 60), sources: "wordpress-plugins") { pipeline in
            let feed = ScriptedFeed()
            feed.advisories = try (0..<60).map { try .about(plugin: "plugin-\($0)", "A\($0)") }
            let separate = pipeline.with(.separate, [feed])
            try await separate.round()
            let before = separate.bucket()
            #expect(before.keys.filter { $0.hasPrefix("advisories/p2/") }.count == 60)

            feed.answer = .fails
            let failed = try await separate.discover()
            #expect(failed.exit == .failed && failed.error?.contains("scripted") == true)
            #expect(try await separate.store.advisoryFeeds().first?.failingSinceMilliseconds != nil)
            feed.answer = .everything
            let all = feed.advisories
            feed.advisories = [try .about(plugin: "plugin-7", "new")]
            let refused = try await separate.discover()
            #expect(refused.exit == .refused && refused.error?.contains("--max-shrink 100") == true, "\(refused)")
            #expect(refused.counters["advisories_held"] == 60)
            try await separate.update()
            try await separate.sync()
            // What is new came all the same.
            #expect(try separate.advisories(Self.separate(7)) == ["A7", "new"])
            #expect(try separate.advisories(Self.separate(8)) == ["A8"])

            // In a day no more go than may, however it is spread.
            feed.advisories = Array(all.dropFirst(12))
            #expect(try await separate.discover().counters["advisories_withdrawn"] == 13)
            feed.advisories = Array(all.dropFirst(24))
            #expect(try await separate.discover().exit == .refused)
            var configuration = DiscoverStage.Configuration()
            configuration.maxShrinkPercent = 100
            #expect(try await separate.discover(configuration).exit == .done)
            try await separate.update()
            try await separate.sync()
            #expect(separate.bucket().keys.filter { $0.hasPrefix("advisories/p2/") }.count == 36)
            #expect(try await separate.store.advisoryFeeds().first?.failingSinceMilliseconds == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `who has a closed package installed is told of its advisories`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 4), sources: "wordpress-plugins") { pipeline in
            var pipeline = pipeline
            pipeline.updating = .credulous
            // One is closed before it is ever seen.
            try pipeline.world.close(slug: "plugin-0")
            let feed = ScriptedFeed()
            feed.advisories = [try .about(plugin: "plugin-0", "A"), try .about(plugin: "plugin-1", "B")]
            let separate = pipeline.with(.separate, [feed])
            try await separate.round()
            try await separate.round()
            #expect(try separate.advisories(Self.separate(0)) == ["A"])
            try pipeline.world.close(slug: "plugin-1")
            try await separate.makeEverythingDue()
            try await separate.round()
            #expect(separate.bucket()[Self.inline(1)] == nil)
            #expect(try separate.advisories(Self.separate(1)) == ["B"])
            feed.advisories = []
            try await separate.round()
            #expect(!separate.bucket().keys.contains { $0.hasPrefix("advisories/p2/") })
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a feed is not asked more often than it allows, and one that another run reads is left to it`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 1), sources: "wordpress-plugins") { pipeline in
            let feed = ScriptedFeed(minimumPeriod: .seconds(1_800))
            let separate = pipeline.with(.separate, [feed])
            for _ in 1...3 { try await separate.discover() }
            #expect(feed.requests == 1)
            let other = ScriptedFeed("other")
            let both = pipeline.with(.separate, [feed, other])
            let held = try await both.store.leaseAdvisoryFeed(
                "other",
                run: 77,
                leaseMilliseconds: 86_400_000,
                period: 0
            )
            #expect(held != nil)
            try await both.discover()
            #expect(other.requests == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func
        `a feed that is asked about each package by itself is left alone for half a day, and withdraws what it has no more`(
            _ database: TestDatabase
        ) async throws
    {
        try await Pipeline.with(database, world: .plain(plugins: 4), sources: "wordpress-plugins") { pipeline in
            let names = (0..<4).map { "wp-plugin/plugin-\($0)" }
            let feed = ScriptedFeed()
            feed.advisories = [try .about(package: names[1], "A"), try .about(package: names[2], "B")]
            feed.answer = .names(names)
            let separate = pipeline.with(.separate, [feed])
            for _ in 1...3 { try await separate.round() }
            #expect(feed.requests == 1)
            #expect(try separate.advisories(Self.separate(1)) == ["A"])
            // What it says of some names withdraws nothing of others.
            feed.advisories = []
            feed.answer = .names([names[1]])
            _ = try await separate.store.engine.write { session in
                try session.execute("UPDATE advisory_feeds SET asked_at_ms = asked_at_ms - 43200000")
            }
            try await separate.round()
            #expect(feed.requests == 2)
            #expect(try separate.advisories(Self.separate(1)) == nil)
            #expect(try separate.advisories(Self.separate(2)) == ["B"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P20: what a feed has and could not be read is not withdrawn`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 3), sources: "wordpress-plugins") { pipeline in
            let feed = ScriptedFeed()
            feed.advisories = try (0..<3).map { try .about(plugin: "plugin-\($0)", "A\($0)") }
            let separate = pipeline.with(.separate, [feed])
            try await separate.round()
            feed.advisories.removeFirst(2)
            feed.answer = .unread(["A1"])
            try await separate.round()
            #expect(try separate.advisories(Self.separate(0)) == nil)
            #expect(try separate.advisories(Self.separate(1)) == ["A1"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P4: a feed that says the same again has nothing derived, also in the run after its first`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 3), sources: "wordpress-plugins") { pipeline in
            let feed = ScriptedFeed()
            feed.advisories = [try .about(plugin: "plugin-1", "A")]
            let separate = pipeline.with(.separate, [feed])
            try await separate.round()
            let found = try await separate.discover()
            #expect(feed.requests == 2)
            #expect(found.counters["made_due"] ?? 0 == 0, "\(found)")
            let updated = try await separate.update()
            #expect(updated.counters["packages_derived_again"] ?? 0 == 0, "\(updated)")
        }
    }

    @Test func `what two feeds say of one record is published once, as the first of them says it`() async throws {
        try await Pipeline.with(.sqlite, world: .plain(plugins: 2), sources: "wordpress-plugins") { pipeline in
            let (first, second) = (ScriptedFeed("first"), ScriptedFeed("second"))
            first.advisories = [try .about(plugin: "plugin-1", "A", title: "by the first")]
            second.advisories = [
                try .about(package: "wp-plugin/plugin-1", "A"), try .about(package: "wp-plugin/plugin-1", "B"),
            ]
            let separate = pipeline.with(.separate, [first, second])
            try await separate.round()
            #expect(try separate.advisories(Self.separate(1)) == ["A", "B"])
            #expect(separate.text(Self.separate(1))?.contains("by the first") == true)
        }
    }
}
