import Advisories
import Command
import Composer
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P20 over long histories: published = feed ∩ packages at every step, whatever the feed does in between.
@Suite struct AdvisoryHistoryTests {
    /// A feed by subject: how many advisories each has, and of which edition.
    private struct Feed {
        var lists: [String: (count: Int, edition: Int)] = [:]

        func advisories() throws -> [FeedAdvisory] {
            try self.lists.sorted { $0.key < $1.key }.flatMap { slug, list in
                try (0..<list.count).map { number in
                    let edition = number == 0 ? list.edition : 0
                    return try .about(plugin: slug, "\(slug)/\(number)", affected: "<=\(edition).0")
                }
            }
        }

        /// What documents have to say, by their keys.
        func expected(among packages: Set<String>) -> [String: [String]] {
            var expected: [String: [String]] = [:]
            for (slug, list) in self.lists where packages.contains(slug) && list.count > 0 {
                expected["advisories/p2/wp-plugin/\(slug).json"] = (0..<list.count).map { "\(slug)/\($0)" }.sorted()
            }
            return expected
        }
    }

    private func published(_ pipeline: Pipeline) throws -> [String: [String]] {
        var published: [String: [String]] = [:]
        for key in pipeline.bucket().keys where key.hasPrefix("advisories/p2/") {
            published[key] = try pipeline.advisories(key)
        }
        return published
    }

    @Test(arguments: TestDatabase.allCases)
    func `P20: through outages, cuts and withdrawals what is published is what the feed last said`(
        _ database: TestDatabase
    ) async throws {
        let slugs = Set((0..<12).map { "plugin-\($0)" })
        try await Pipeline.with(database, world: .plain(plugins: 12), sources: "wordpress-plugins") { pipeline in
            var random = SplitMix(seed: 15)
            let scripted = ScriptedFeed()
            let separate = pipeline.with(.separate, [scripted])
            // Beside those that there are, forty that nobody has.
            let names = (0..<52).map { "plugin-\($0)" }
            var feed = Feed()
            for step in 0..<30 {
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    let slug = names[Int.random(in: 0..<names.count, using: &random)]
                    let list = feed.lists[slug] ?? (0, 0)
                    switch Int.random(in: 0..<5, using: &random) {
                    case 0 where list.count > 0: feed.lists[slug] = (list.count - 1, list.edition)
                    case 1 where list.count > 0: feed.lists[slug] = (list.count, list.edition + 1)
                    default: feed.lists[slug] = (list.count + 1, list.edition)
                    }
                }
                let before = try self.published(separate)
                scripted.advisories = try feed.advisories()
                switch Int.random(in: 0..<6, using: &random) {
                case 0:
                    scripted.answer = .fails
                    try await separate.round()
                    #expect(try self.published(separate) == before, "step \(step): an outage")
                case 1 where scripted.advisories.count > 40:
                    scripted.answer = .everything
                    scripted.advisories = []
                    try await separate.round()
                    #expect(try self.published(separate) == before, "step \(step): a cut")
                    scripted.advisories = try feed.advisories()
                default: break
                }
                scripted.answer = .everything
                try await separate.round()
                #expect(try self.published(separate) == feed.expected(among: slugs), "step \(step)")
            }
        }
    }

    /// Recorded from 2026-03-16 to 2026-08-22: which lists came, changed and went.
    ///
    /// What is in them is not recorded.
    @Test(
        .enabled(if: TestData.recordedIsThere, "no recorded data; PACKLINE_TEST_DATA names its folder"),
        arguments: TestDatabase.allCases
    )
    func `P20: five months of recorded changes`(_ database: TestDatabase) async throws {
        let path = "composer/wordfence/change-events-2026-03-16-to-08-22.tsv"
        let lines = try String(contentsOf: TestData.recorded.url(path), encoding: .utf8).split(separator: "\n")
        var events = lines.dropFirst().map { $0.split(separator: "\t").map(String.init) }.filter { $0[2] == "plugin" }
        // A quarter of them, of which every third is in the directory: enough of each kind, in a debug build's time.
        let followed = Set(events.map { $0[3] }).sorted().enumerated().filter { $0.offset % 4 == 0 }.map(\.element)
        let isFollowed = Set(followed)
        events.removeAll { !isFollowed.contains($0[3]) }
        let slugs = followed.enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
        let world = SandboxWorld()
        for slug in slugs { try world.add(.plugins, SandboxPackage(slug: slug), tags: ["1.0"]) }
        try await Pipeline.with(database, world: world, sources: "wordpress-plugins") { pipeline in
            let scripted = ScriptedFeed()
            let separate = pipeline.with(.separate, [scripted])
            var feed = Feed()
            for event in events where event[1] != "A" { feed.lists[event[3]] = (1, 0) }
            scripted.advisories = try feed.advisories()
            try await separate.round()
            let present = Set(slugs)
            #expect(try self.published(separate) == feed.expected(among: present))
            // Three steps a month: by the first digit of the day.
            let days = Dictionary(grouping: events) { String($0[0].prefix(9)) }.sorted { $0.key < $1.key }
            for (index, day) in days.enumerated() {
                for event in day.value {
                    let list = feed.lists[event[3]] ?? (0, 0)
                    switch event[1] {
                    case "D": feed.lists[event[3]] = (0, 0)
                    case "A": feed.lists[event[3]] = (1, list.edition + 1)
                    default: feed.lists[event[3]] = (max(1, list.count), list.edition + 1)
                    }
                }
                scripted.advisories = try feed.advisories()
                if index % 3 == 1 {
                    let before = try self.published(separate)
                    scripted.answer = .fails
                    try await separate.round()
                    #expect(try self.published(separate) == before, "\(day.key): an outage")
                    scripted.answer = .everything
                    let whole = scripted.advisories
                    scripted.advisories = Array(whole.prefix(whole.count / 2))
                    #expect(try await separate.discover().exit == .refused, "\(day.key): a cut")
                    scripted.advisories = whole
                }
                try await separate.round()
                #expect(try self.published(separate) == feed.expected(among: present), "\(day.key)")
            }
        }
    }
}
