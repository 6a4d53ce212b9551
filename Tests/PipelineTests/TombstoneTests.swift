import Command
import Composer
import Facts
import Foundation
import Pipeline
import Sandbox
import Site
import Store
import TestSupport
import Testing

/// Closed packages whose documents say so.
@Suite struct TombstoneTests {
    private static func with(
        _ database: TestDatabase,
        plugins: Int = 20,
        _ body: (Pipeline) async throws -> Void
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: plugins)) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages = try await pipeline.settings.stages.settled(in: pipeline.store)
            #expect(pipeline.settings.stages.publication.closedPolicy == .tombstone)
            try await body(pipeline)
        }
    }

    /// The regular looks come round until upstream is believed.
    private func look(_ pipeline: Pipeline) async throws {
        for _ in 1...2 {
            try await pipeline.makeEverythingDue()
            try await pipeline.update()
        }
        try await pipeline.sync()
    }

    @Test(arguments: TestDatabase.allCases)
    func `a new database tells of closed packages, and a setting goes before what it says`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            #expect(try await stores[0].setting("closed_policy") == "tombstone")
            let open = try Settings(environment: [:]).stages
            #expect(try await open.settled(in: stores[0]).publication.closedPolicy == .tombstone)
            let settled = try await open.settled(in: stores[0])
            #expect(open.publication.fingerprint != settled.publication.fingerprint)
            for policy in ClosedPolicy.allCases {
                let told = try Settings(environment: ["PACKLINE_CLOSED_POLICY": policy.rawValue]).stages
                #expect(try await told.settled(in: stores[0]).publication.closedPolicy == policy)
            }
            try await stores[0].setSetting("closed_policy", to: "remove")
            #expect(try await open.settled(in: stores[0]).publication.closedPolicy == .remove)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P5: a closed package says so in both documents, whenever it was closed, and comes back when it is opened`(
        _ database: TestDatabase
    ) async throws {
        try await Self.with(database) { pipeline in
            try pipeline.world.close(slug: "plugin-1", SandboxClosure(date: "2020-01-02", reason: nil))
            try await pipeline.round(.fromTheStart)
            let main = try #require(pipeline.text("p2/wp-plugin/plugin-1.json"))
            #expect(main.hasPrefix(#"{"packages":{"wp-plugin/plugin-1":[]},"warning":"wp-plugin/plugin-1 was closed"#))
            #expect(pipeline.text("p2/wp-plugin/plugin-1~dev.json") == main)
            #expect(!main.contains("security-advisories"))

            let open = pipeline.bucket()
            let before = try await pipeline.store.feedTimestamp()
            let closure = SandboxClosure(date: "2024-03-21", reason: "security-issue", isPermanent: true)
            try pipeline.world.close(slug: "plugin-2", closure)
            try await self.look(pipeline)
            let closed = try #require(pipeline.text("p2/wp-plugin/plugin-2.json"))
            #expect(closed.contains("closed upstream on 2024-03-21, reason: security-issue, permanently."))
            #expect(pipeline.text("p2/wp-plugin/plugin-2~dev.json") == closed)
            // It is a change to who follows the feed, and no deletion: its document is there.
            guard case .actions(let actions) = try await pipeline.store.feed(since: before).answer else {
                Issue.record("the feed does not go on")
                return
            }
            #expect(actions.map(\.name).sorted() == ["wp-plugin/plugin-2", "wp-plugin/plugin-2~dev"])
            #expect(actions.allSatisfy { $0.kind == .update })

            // Said once more it is no change, and of another reason all hear.
            try await pipeline.makeEverythingDue()
            let again = try await pipeline.update()
            #expect(again.counters["documents_changed", default: 0] == 0)
            try pipeline.world.close(slug: "plugin-2", SandboxClosure(date: "2024-03-21", reason: "author-request"))
            try await self.look(pipeline)
            #expect(pipeline.text("p2/wp-plugin/plugin-2.json")?.contains("author-request") == true)

            try pipeline.world.reopen(slug: "plugin-2")
            try await self.look(pipeline)
            #expect(pipeline.bucket() == open)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P23: documents that lose all versions by closing wait for a person where they are many`(
        _ database: TestDatabase
    ) async throws {
        try await Self.with(database) { pipeline in
            try await pipeline.round(.fromTheStart)
            for number in 0..<10 { try pipeline.world.close(slug: "plugin-\(number)") }
            try await self.look(pipeline)
            #expect(try await pipeline.store.heldWithdrawals(WithdrawalLimit()).map(\.held) == [10])
            for number in 0..<20 { #expect(try pipeline.versions("wp-plugin/plugin-\(number)") == ["1.0"]) }
            #expect(try await pipeline.confirmWithdrawals().exit == .done)
            try await pipeline.sync()
            for number in 0..<20 {
                #expect(try pipeline.versions("wp-plugin/plugin-\(number)") == (number < 10 ? [] : ["1.0"]))
            }
            // What has no version loses none: every reason may become another at once.
            for number in 0..<10 {
                try pipeline.world.close(slug: "plugin-\(number)", SandboxClosure(date: "2024-03-21", reason: "unused"))
            }
            try await pipeline.makeEverythingDue()
            let outcome = try await pipeline.update()
            #expect(outcome.exit == .done && outcome.counters["documents_changed"] == 20)
            #expect(try await pipeline.store.heldWithdrawals(WithdrawalLimit()).isEmpty)

            // That they are gone altogether is another thing.
            for number in 0..<10 { try pipeline.world.setListed(.plugins, slug: "plugin-\(number)", false) }
            for number in 0..<10 { try pipeline.world.reopen(slug: "plugin-\(number)") }
            for _ in 1...3 {
                try await pipeline.makeEverythingDue()
                try await pipeline.update()
            }
            #expect(try await pipeline.store.heldWithdrawals(WithdrawalLimit()).map(\.held) == [10])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `another policy makes of them what it would have made, also of what was closed before anybody looked`(
        _ database: TestDatabase
    ) async throws {
        try await Self.with(database, plugins: 4) { pipeline in
            var pipeline = pipeline
            try pipeline.world.close(slug: "plugin-1")
            try await pipeline.round(.fromTheStart)
            try pipeline.world.close(slug: "plugin-2")
            try await self.look(pipeline)
            #expect(try pipeline.versions("wp-plugin/plugin-1") == [])
            #expect(try pipeline.versions("wp-plugin/plugin-2") == [])
            for (policy, versions) in [
                (ClosedPolicy.keep, ["1.0"]), (.tombstone, []), (.remove, nil), (.tombstone, []), (.abandon, ["1.0"]),
            ] as [(ClosedPolicy, [String]?)] {
                pipeline.settings.stages.publication.closedPolicy = policy
                #expect(try await pipeline.update().exit == .done)
                try await pipeline.makeEverythingDue()
                #expect(try await pipeline.update().exit == .done)
                try await pipeline.sync()
                #expect(try pipeline.versions("wp-plugin/plugin-2") == versions, "\(policy)")
                #expect(try pipeline.versions("wp-plugin/plugin-1") == (policy == .tombstone ? [] : nil), "\(policy)")
                #expect(try pipeline.versions("wp-plugin/plugin-3") == ["1.0"])
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: what a closed package's locks install stays in the bucket`(_ database: TestDatabase) async throws {
        let world = SandboxWorld()
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3_600)
        try world.add(.plugins, SandboxPackage(slug: "p"), tags: ["1.0"])
        try await Pipeline.with(database, world: world, sources: "wordpress-plugins") { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.publication.closedPolicy = .tombstone
            pipeline.keepArchives()
            try await pipeline.round(.fromTheStart)
            let archive = try #require(try await pipeline.claimArchives().first)
            try await pipeline.store([archive])
            try await pipeline.passArchiveTime()
            try await pipeline.discover()
            try await pipeline.sync()
            let open = try #require(pipeline.text("p2/wp-plugin/p.json"))
            #expect(open.contains(archive.ours))
            let bytes = try #require(pipeline.bucket()[archive.key])

            try world.close(slug: "p")
            try await self.look(pipeline)
            #expect(try pipeline.versions("wp-plugin/p") == [])
            #expect(try await pipeline.claimArchives().isEmpty)
            #expect(pipeline.bucket()[archive.key] == bytes)

            // And where it is opened again, the same archive is published, without another request for it.
            try world.reopen(slug: "p")
            try await self.look(pipeline)
            #expect(pipeline.text("p2/wp-plugin/p.json") == open)
            #expect(try await pipeline.claimArchives().isEmpty)
        }
    }

    @Test func `who lists names finds a closed package, so that mirrors have it, and who searches does not`()
        async throws
    {
        try await Self.with(.sqlite, plugins: 4) { pipeline in
            try pipeline.world.close(slug: "plugin-1")
            try await pipeline.round(.fromTheStart)
            var configuration = Site.Configuration()
            configuration.pages.closedPolicy = .tombstone
            try await RunningSite.with(pipeline.store, configuration: configuration) { port in
                let url = "http://127.0.0.1:\(port)"
                let names = String(decoding: try await Curl.body(of: "\(url)/packages/list.json"), as: UTF8.self)
                let found = String(decoding: try await Curl.body(of: "\(url)/search.json?q=plugin"), as: UTF8.self)
                for number in 0..<4 {
                    #expect(names.contains(#""wp-plugin/plugin-\#(number)""#))
                    #expect(found.contains(#""wp-plugin/plugin-\#(number)""#) == (number != 1))
                }
                let summary = try await Curl.body(of: "\(url)/filter/summary.json")
                #expect(summary == pipeline.bucket()["filter/summary.json"])
            }
        }
    }
}
