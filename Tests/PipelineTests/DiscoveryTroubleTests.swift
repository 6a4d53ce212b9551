import Command
import Composer
import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// What upstream may say, and what it may not stop.
@Suite struct DiscoveryTroubleTests {
    private static let poison = "9000000000000000000"

    private func cursor(_ pipeline: Pipeline, _ source: SourceName = "wordpress-plugins") async throws -> Int64? {
        try await (pipeline.store.source(source)?.cursor?.text).flatMap { Int64($0) }
    }

    private func youngest(_ pipeline: Pipeline) -> Int64 { Int64(pipeline.world.youngestRevision(.plugins)) }

    private func due(_ pipeline: Pipeline) async throws -> Set<String> {
        let run = try await pipeline.store.beginRun(.update, worker: "test", version: "test")
        let claims = try await pipeline.store.claimDue(
            source: "wordpress-plugins",
            limit: 100_000,
            run: run,
            leaseMilliseconds: -1
        )
        return Set(claims.map(\.key))
    }

    private func note(_ outcome: StageOutcome, _ part: String) -> Bool { outcome.notes.contains { $0.contains(part) } }

    // MARK: Items

    @Test(arguments: TestDatabase.allCases)
    func `P21: a path that no database takes costs its facts, not the source`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            // Incompressible, as an entry of an index is compressed first.
            var random = SystemRandomNumberGenerator()
            let name = (0..<3_000).map { _ in UInt8.random(in: 1...255, using: &random) }.filter { $0 != 0x2f }
            let names = [name, [0x31, 0x00, 0x32], [0xff, 0xfe, 0xc3], Array("1.0".utf8)]
            try pipeline.world.commit(
                .plugins,
                slug: "akismet",
                .paths(names.map { ChangedPath(.added, .dir, bytes: Array("/akismet/tags/".utf8) + $0) })
            )
            try pipeline.world.commit(.plugins, slug: "hello-dolly", .tag("99.1"))
            let outcome = try await pipeline.discover()
            #expect(outcome.exit == .done)
            #expect(outcome.counters["log_paths_dropped"] == 2)
            #expect(self.note(outcome, "2 paths of the log can be no version's"))
            #expect(try await self.cursor(pipeline) == self.youngest(pipeline))
            #expect(try await self.due(pipeline).isSuperset(of: ["akismet", "hello-dolly"]))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: an item over the limits makes its packages due without facts, and the cursor goes on`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let paths = (0..<20_002).map { ChangedPath(.added, .dir, "/s\($0)/trunk") }
            try pipeline.world.commit(.plugins, slug: "akismet", .paths(paths))
            try pipeline.world.commit(.plugins, slug: "hello-dolly", .tag("99.1"))
            let outcome = try await pipeline.discover()
            #expect(outcome.exit == .done)
            #expect(outcome.counters["log_items_oversized"] == 1)
            #expect(outcome.counters["packages_changed"] == 20_003)
            #expect(self.note(outcome, "1 log item is over the limits"))
            #expect(try await self.cursor(pipeline) == self.youngest(pipeline))
            let facts = try await pipeline.store.engine.read { session in
                try session.rows(
                    "SELECT count(*) FROM log_facts JOIN packages ON packages.id = package_id WHERE key = 's7'"
                )[0].integer(0)
            }
            #expect(facts == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: a stretch ends by what is in it, and the next one goes on`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            for number in 0..<30 {
                let paths = (0..<100).map { ChangedPath(.added, .dir, "/akismet/tags/\(number).\($0)") }
                try pipeline.world.commit(.plugins, slug: "akismet", .paths(paths))
            }
            var small = DiscoverStage.Configuration()
            small.chunkSize = 500
            pipeline.sandbox.resetStatistics()
            let outcome = try await pipeline.discover(small)
            #expect(outcome.counters["log_items"] == 30)
            #expect(try await self.cursor(pipeline) == self.youngest(pipeline))
            let facts = try await pipeline.store.engine.read { session in
                try session.rows("SELECT count(*) FROM log_facts WHERE path LIKE 'tags/__.__'")[0].integer(0)
            }
            #expect(facts == 20 * 90)
        }
    }

    // MARK: The cursor

    @Test(arguments: TestDatabase.allCases, [Self.poison, "9223372036854775807", "99"])
    func `P21: an item above the youngest revision does not move the cursor there`(
        _ database: TestDatabase,
        revision: String
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            try pipeline.world.commit(.plugins, slug: "hello-dolly", .tag("99.1"))
            let number = revision == "99" ? String(self.youngest(pipeline) + 99) : revision
            let item =
                "<S:log-item><S:modified-path>/akismet/trunk/x</S:modified-path>"
                + "<D:version-name>\(number)</D:version-name></S:log-item>"
            for original in ["<S:log-item>", "</S:log-report>"] {
                try pipeline.world.commit(.plugins, slug: "hello-dolly", .trunk())
                pipeline.sandbox.fail(
                    SandboxFault(.rewritten(original: original, text: item + original), route: .pluginsReport)
                )
                let outcome = try await pipeline.discover()
                #expect(outcome.exit == .done)
                #expect(outcome.counters["log_items_unconfirmed"] == 1)
                #expect(self.note(outcome, "1 change up to \(number) is above where upstream is"))
                #expect(try await self.cursor(pipeline) == self.youngest(pipeline))
                pipeline.sandbox.clearFaults()
            }
            try pipeline.world.commit(.plugins, slug: "classic-editor", .trunk())
            try await pipeline.discover()
            #expect(try await self.due(pipeline).isSuperset(of: ["classic-editor", "hello-dolly"]))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: a commit between the two questions is confirmed by asking again`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            try pipeline.world.commit(.plugins, slug: "hello-dolly", .tag("99.1"))
            let lagging = String(self.youngest(pipeline))
            try pipeline.world.commit(.plugins, slug: "hello-dolly", .tag("99.2"))
            let fault = SandboxFault.Effect.header(name: "SVN-Youngest-Rev", value: lagging)
            pipeline.sandbox.fail(SandboxFault(fault, route: .pluginsOptions, times: 1))
            let outcome = try await pipeline.discover()
            #expect(outcome.counters["log_items_unconfirmed"] == nil)
            #expect(try await self.cursor(pipeline) == self.youngest(pipeline))
        }
    }

    @Test(arguments: TestDatabase.allCases, [Self.poison, "9223372036854775807"])
    func `P21: absurd youngest revisions and titles of listings trap nowhere and move nothing`(
        _ database: TestDatabase,
        revision: String
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            let fault = SandboxFault.Effect.header(name: "SVN-Youngest-Rev", value: revision)
            pipeline.sandbox.fail(SandboxFault(fault, route: .pluginsOptions))
            let title = SandboxFault.Effect.rewritten(original: " - Revision ", text: " - Revision \(revision)")
            pipeline.sandbox.fail(SandboxFault(title, route: .pluginsListing))
            let outcome = try await pipeline.discover()
            #expect(outcome.exit == .refused)
            #expect(try await self.cursor(pipeline) == self.youngest(pipeline))
            #expect(try await self.cursor(pipeline, "wordpress-themes") != nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: a youngest revision below the cursor is a lagging replica for an hour, then a failure with its remedy`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let cursor = try await self.cursor(pipeline)
            let fault = SandboxFault.Effect.header(name: "SVN-Youngest-Rev", value: "1")
            pipeline.sandbox.fail(SandboxFault(fault, route: .pluginsOptions))
            for _ in 1...2 {
                let outcome = try await pipeline.discover()
                #expect(outcome.exit == .done)
                #expect(self.note(outcome, "a replica that lags"))
            }
            _ = try await pipeline.store.engine.write { session in
                try session.execute(
                    "UPDATE sources SET behind_since_ms = behind_since_ms - 3600000 WHERE behind_since_ms IS NOT NULL"
                )
            }
            let outcome = try await pipeline.discover()
            #expect(outcome.exit == .failed)
            #expect(outcome.error?.contains("discover --reset-cursor") == true)
            #expect(try await self.cursor(pipeline) == cursor)
            #expect(try await pipeline.store.source("wordpress-plugins")?.failingSinceMilliseconds != nil)
            #expect(try await pipeline.store.source("wordpress-themes")?.failingSinceMilliseconds == nil)
            // What does not get through to one source has asked the other.
            let state = try await pipeline.store.pipelineState()
            let run = try #require(state.stage(.discover)?.last)
            #expect(state.sources.map(\.name) == ["wordpress-plugins", "wordpress-themes"])
            let success = try #require(state.stage(.discover)?.lastSuccess)
            #expect(
                state.sources.map(\.checkedAtMilliseconds) == [
                    success.startedAtMilliseconds, run.startedAtMilliseconds,
                ]
            )

            pipeline.sandbox.clearFaults()
            #expect(try await pipeline.discover().exit == .done)
            let source = try await pipeline.store.source("wordpress-plugins")
            #expect(source?.behindSinceMilliseconds == nil && source?.failingSinceMilliseconds == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases, [Int64(9_000_000_000_000_000_000), .max])
    func `P21: a cursor that went beyond upstream is set back, and what was missed is published`(
        _ database: TestDatabase,
        poison: Int64
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.0"))
            try await pipeline.round()
            _ = try await pipeline.store.engine.write { try $0.execute("UPDATE sources SET cursor = \("\(poison)")") }
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.1"))
            try pipeline.world.commit(.themes, slug: "astra", .tag("99.2"))
            var strict = DiscoverStage.Configuration()
            strict.maxLag = .zero
            #expect(try await pipeline.discover(strict).exit == .failed)
            var reset = DiscoverStage.Configuration()
            reset.resetsCursor = true
            var dry = StageOptions()
            dry.isDryRun = true
            #expect(self.note(try await pipeline.discover(reset, options: dry), "set the cursor back from \(poison)"))
            #expect(try await self.cursor(pipeline) == poison)

            let outcome = try await pipeline.discover(reset)
            #expect(outcome.exit == .done)
            #expect(self.note(outcome, "the cursor was set back from \(poison)"))
            #expect(try await self.cursor(pipeline) == self.youngest(pipeline))
            try await pipeline.update()
            try await pipeline.sync()
            #expect(try pipeline.versions("wp-plugin/akismet")?.first == "99.1")
            #expect(pipeline.text("p2/wp-plugin/akismet.json")?.contains("tags/99.1@") == true)
            // Where nothing is wrong it changes nothing.
            let before = try await pipeline.rows()["packages"]
            #expect(try await pipeline.discover(reset).exit == .done)
            #expect(try await pipeline.rows()["packages"] == before)
        }
    }

    // MARK: The listing

    @Test(
        arguments: TestDatabase.allCases,
        [.status(503), .status(403), .truncated, .shrunk(percent: 20), .htmlPage] as [SandboxFault.Effect]
    )
    func `P21: trouble with the listing decides the exit code and keeps no commit unseen`(
        _ database: TestDatabase,
        effect: SandboxFault.Effect
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            // From the first run on.
            let isGuarded = effect == .shrunk(percent: 20)
            if isGuarded { try await pipeline.discover() }
            pipeline.sandbox.fail(SandboxFault(effect, route: .pluginsListing))
            var reconcile = DiscoverStage.Configuration()
            reconcile.reconciles = true
            let failing: [StageExit] = [.failed, .refused]
            #expect(failing.contains(try await pipeline.discover(reconcile).exit))
            #expect(try await self.cursor(pipeline) == self.youngest(pipeline))
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.1"))
            let outcome = try await pipeline.discover(reconcile)
            #expect(failing.contains(outcome.exit))
            #expect(outcome.error?.contains("wordpress-plugins") == true)
            #expect(outcome.counters["packages_changed"] == 1)
            #expect(try await self.cursor(pipeline) == self.youngest(pipeline))
            #expect(try await self.due(pipeline).contains("akismet"))
            pipeline.sandbox.clearFaults()
            #expect(try await pipeline.discover().exit == .done)
            #expect(try await pipeline.store.keys(source: "wordpress-plugins").count > 5)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: trouble with the log does not keep the listing from being compared`(_ database: TestDatabase)
        async throws
    {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.discover()
            let cursor = try await self.cursor(pipeline)
            try pipeline.world.add(.plugins, SandboxPackage(slug: "brand-new", title: "Brand new"))
            pipeline.sandbox.fail(SandboxFault(.status(500), route: .pluginsReport))
            var reconcile = DiscoverStage.Configuration()
            reconcile.reconciles = true
            #expect(try await pipeline.discover(reconcile).exit == .failed)
            #expect(try await self.cursor(pipeline) == cursor)
            #expect(try await self.due(pipeline).contains("brand-new"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a first listing older than the cursor has the log between added`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            let older = self.youngest(pipeline)
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.1"))
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.2"))
            let title = SandboxFault.Effect.rewritten(
                original: " - Revision \(older + 2)",
                text: " - Revision \(older)"
            )
            pipeline.sandbox.fail(SandboxFault(title, route: .pluginsListing))
            #expect(try await pipeline.discover().exit == .done)
            let source = try await pipeline.store.source("wordpress-plugins")
            #expect(source?.cursor == Position(older + 2))
            #expect(source?.logFrom == Position(older + 1))
            #expect(source?.backfill == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P21: a listing that grows at once changes nothing without force`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let packages = try await pipeline.rows()["packages"]
            let known = try #require(try await pipeline.store.source("wordpress-plugins")?.listingCount)
            let slugs = try await pipeline.store.keys(source: "wordpress-plugins").count
            var reconcile = DiscoverStage.Configuration()
            reconcile.reconciles = true
            func grow(by count: Int) {
                pipeline.sandbox.clearFaults()
                let names = (0..<count).map { "  <li><a href=\"new\($0)/\">new\($0)/</a></li>\n" }.joined()
                let effect = SandboxFault.Effect.rewritten(original: "</ul>", text: names + "</ul>")
                pipeline.sandbox.fail(SandboxFault(effect, route: .pluginsListing))
            }
            grow(by: 20_000)
            let outcome = try await pipeline.discover(reconcile)
            #expect(outcome.exit == .refused)
            #expect(outcome.error?.contains("--force") == true)
            #expect(try await pipeline.rows()["packages"] == packages)
            // A curated set takes none of it.
            var curated = pipeline
            curated.settings.stages.only = try CuratedSet("akismet", sources: pipeline.settings.stages.sources)
            #expect(try await curated.discover(reconcile).exit == .done)
            _ = try await pipeline.store.engine.write { session in
                try session.execute("UPDATE sources SET listing_count = \(known) WHERE name = 'wordpress-plugins'")
            }
            // A hundred names are free, and a percentage, or any number with force.
            grow(by: 100)
            #expect(try await pipeline.discover(reconcile).exit == .done)
            grow(by: 2_000)
            #expect(try await pipeline.discover(reconcile).exit == .refused)
            var generous = reconcile
            generous.maxGrowthPercent = 20_000
            #expect(try await pipeline.discover(generous).exit == .done)
            var forced = StageOptions()
            forced.isForced = true
            grow(by: 20_000)
            #expect(try await pipeline.discover(reconcile, options: forced).exit == .done)
            #expect(try await pipeline.store.keys(source: "wordpress-plugins").count == slugs + 20_000)
            pipeline.sandbox.clearFaults()
            #expect(try await pipeline.discover(reconcile).exit == .refused)
            #expect(try await pipeline.discover(reconcile, options: forced).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a slug added to a curated set is found although the listing has not changed`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var curated = pipeline
            curated.settings.stages.only = try CuratedSet("plugin:akismet", sources: pipeline.settings.stages.sources)
            try await curated.discover()
            pipeline.sandbox.resetStatistics()
            try await curated.discover()
            #expect(pipeline.sandbox.statistics.upstreamRequests == 2)
            curated.settings.stages.only = try CuratedSet(
                "plugin:akismet,plugin:hello-dolly",
                sources: pipeline.settings.stages.sources
            )
            try await curated.discover()
            #expect(try await self.due(pipeline) == ["akismet", "hello-dolly"])
            // One that is asked for by hand is read, too, whatever is known of it.
            _ = try await pipeline.store.engine.write {
                try $0.execute("DELETE FROM packages WHERE key = 'hello-dolly'")
            }
            var reconcile = DiscoverStage.Configuration()
            reconcile.reconciles = true
            try await curated.discover(reconcile)
            #expect(try await self.due(pipeline) == ["akismet", "hello-dolly"])
            try await pipeline.discover()
            #expect(try await self.due(pipeline).count > 5)
        }
    }
}
