import Command
import Composer
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

@Suite struct FirstMileTests {
    @Test(arguments: TestDatabase.allCases)
    func `P4: a round in which nothing changed is free`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            #expect(pipeline.bucket().count > 60)
            pipeline.sandbox.resetStatistics()
            pipeline.sandbox.objects.forgetWrites()
            let rows = try await pipeline.rows()

            try await pipeline.round()

            let statistics = pipeline.sandbox.statistics
            #expect(statistics.requests == ["plugins-svn-options": 1, "themes-svn-options": 1])
            #expect(pipeline.sandbox.objects.writes.isEmpty)
            #expect(try await pipeline.rows() == rows)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a new tag, a closure and a reopening reach the bucket`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let before = try #require(try pipeline.versions("wp-plugin/akismet"))
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.1"))
            try await pipeline.round()
            #expect(try pipeline.versions("wp-plugin/akismet") == ["99.1"] + before)

            // Closing makes no commit: only the regular look shows it, and it is believed when it was said again.
            try pipeline.world.close(slug: "akismet")
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(try pipeline.versions("wp-plugin/akismet") == ["99.1"] + before)
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(try pipeline.versions("wp-plugin/akismet") == nil)
            #expect(try pipeline.versions("wp-plugin/akismet", isDev: true) == nil)

            try pipeline.world.reopen(slug: "akismet")
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(try pipeline.versions("wp-plugin/akismet") == ["99.1"] + before)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a tag that is rewritten in place gets another reference`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round(.fromTheStart)
            let package = try #require(pipeline.world.package(.plugins, slug: "akismet"))
            let before = try #require(pipeline.text("p2/wp-plugin/akismet.json"))
            let revision = try pipeline.world.commit(.plugins, slug: "akismet", .rewriteTag(package.stableTag))
            try await pipeline.round()
            let after = try #require(pipeline.text("p2/wp-plugin/akismet.json"))
            #expect(!before.contains("tags/\(package.stableTag)@\(revision)"))
            #expect(after.contains("tags/\(package.stableTag)@\(revision)"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a change of pictures only asks for nothing`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            try pipeline.world.commit(.plugins, slug: "akismet", .assets)
            pipeline.sandbox.resetStatistics()
            try await pipeline.round()
            #expect(pipeline.sandbox.statistics.packagesAsked == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is behind its own log is looked at again on the schedule, then settled`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            pipeline.world.setClock(seconds: Int64(Date().timeIntervalSince1970))
            pipeline.world.lag(.plugins, slug: "akismet")
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.1"))
            try await pipeline.discover()
            let first = try await pipeline.update()
            #expect(first.counters["packages_behind"] == 1)
            #expect(try await pipeline.update().counters["packages_asked"] == nil)

            pipeline.world.releaseLag(.plugins, slug: "akismet")
            try await pipeline.makeEverythingDue()
            let second = try await pipeline.update()
            #expect(second.counters["packages_behind"] == nil)
            try await pipeline.sync()
            #expect(try pipeline.versions("wp-plugin/akismet")?.first == "99.1")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a curated set is all that is tracked`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.only = try CuratedSet(
                "plugin:akismet,plugin:hello-dolly",
                sources: pipeline.settings.stages.sources
            )
            try await pipeline.round()
            let keys = pipeline.bucket().keys.filter { $0.hasPrefix("p2/") }
            #expect(keys.allSatisfy { $0.contains("/akismet") || $0.contains("/hello-dolly") })
            #expect(keys.contains("p2/wp-plugin/akismet.json"))
            try pipeline.world.commit(.plugins, slug: "classic-editor", .trunk())
            pipeline.sandbox.resetStatistics()
            try await pipeline.round()
            #expect(pipeline.sandbox.statistics.packagesAsked == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `themes that can't be asked for in batches are asked for one by one`(_ database: TestDatabase) async throws {
        var settings = SandboxSettings()
        settings.themesRefuseSlugs = true
        try await Pipeline.with(database, world: .builtIn, sandbox: settings) { pipeline in
            try await pipeline.round()
            let themes = pipeline.world.packageCount(.themes)
            #expect(pipeline.bucket().keys.filter { $0.hasPrefix("p2/wp-theme/") }.count == 2 * themes)
            #expect(pipeline.sandbox.statistics.count(.themesBatch) == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a dry run says what would be done and writes nothing`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var dry = StageOptions()
            dry.isDryRun = true
            #expect(try await pipeline.discover(options: dry).notes.count == 2)
            try await pipeline.discover()
            let rows = try await pipeline.rows()
            let runs = try await pipeline.store.runs(limit: 100)
            let update = try await pipeline.update(options: dry)
            #expect((update.counters["would_ask_wordpress-plugins"] ?? 0) > 20)
            try await pipeline.sync(options: dry)
            #expect(try await pipeline.rows() == rows)
            #expect(try await pipeline.store.runs(limit: 100) == runs)

            try await pipeline.update()
            try await pipeline.sync()
            dry.packages = ["akismet"]
            let named = try await pipeline.update(options: dry)
            #expect(named.counters["would_ask_wordpress-plugins"] == 1)
            #expect(named.counters["would_ask_wordpress-themes"] == 0)
            #expect(try await pipeline.sync(options: dry).counters["would_upload"] == 0)
            dry.isForced = true
            #expect(try await pipeline.sync(options: dry).counters["would_upload"] == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a dry run says no more than --limit would let a run do, over all sources`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            var dry = StageOptions()
            (dry.isDryRun, dry.isForced) = (true, true)
            let all = try await pipeline.update(options: dry)
            let plugins = try #require(all.counters["would_ask_wordpress-plugins"])
            dry.limit = plugins + 2
            let update = try await pipeline.update(options: dry)
            #expect(update.counters["would_ask_wordpress-plugins"] == plugins)
            #expect(update.counters["would_ask_wordpress-themes"] == 2)
            #expect(update.notes.count == 2 && !update.notes[0].contains("--limit"), "\(update.notes)")
            #expect(update.notes[1].contains("2 packages in about 1 request; --limit leaves "), "\(update.notes)")
            dry.limit = 3
            #expect(try await pipeline.update(options: dry).counters["would_ask_wordpress-themes"] == 0)

            let sync = try await pipeline.sync(options: dry)
            #expect(sync.counters["would_upload"] == 3 && sync.counters["would_delete"] == 0)
            #expect(sync.notes[0].hasPrefix("would upload or delete 3 objects at "), "\(sync.notes)")
            #expect(sync.notes[0].contains("; --limit leaves "), "\(sync.notes)")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a trail leads from the commit upstream to the object, by runs`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.0"))
            try await pipeline.round()
            let runs = try await pipeline.store.runs(limit: 3)
            try #require(runs.map(\.stage) == [.sync, .update, .discover])
            let ids = try await pipeline.store.packageIDs(PackageSelection(keys: [("wordpress-plugins", "akismet")]))
                .ids
            let trail = try #require(try await pipeline.store.trails(packages: ids).first)
            let cursor = try await pipeline.store.source("wordpress-plugins")?.cursor
            #expect("\(trail.changedRevision)" == cursor?.text)
            #expect(trail.changedAtMilliseconds != nil)
            #expect(trail.discoveredBy?.run == runs[2].id)
            #expect(trail.updatedBy?.run == runs[1].id)
            let object = try #require(trail.objects.first { $0.path == "p2/wp-plugin/akismet.json" })
            #expect(object.updatedBy?.run == runs[1].id)
            #expect(object.syncedBy?.run == runs[0].id)
            #expect(object.isLive)
            #expect(object.contentHash == pipeline.bucket()[object.path].map { ContentHash(of: $0) })
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `an upload that failed is not told as published, by the trail or of the run`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let store = pipeline.store
            let published = try #require(try await store.runs(of: .sync, limit: 1).first)
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.0"))
            try await pipeline.discover()
            try await pipeline.update()
            let path = "p2/wp-plugin/akismet.json"
            pipeline.sandbox.fail(SandboxFault(.status(400), route: "s3-put", pattern: path))
            #expect(try await pipeline.sync().exit == .partial)
            let failed = try #require(try await store.runs(of: .sync, limit: 1).first)

            let ids = try await store.packageIDs(PackageSelection(keys: [("wordpress-plugins", "akismet")])).ids
            let object = try #require(
                try await store.trails(packages: ids).first?.objects.first { $0.path == path }
            )
            #expect(object.syncedBy?.run == published.id)
            #expect(object.failedBy?.run == failed.id)
            #expect(!object.isLive && object.lastError != nil)
            let begun = try #require(object.syncedBy?.startedAtMilliseconds)
            #expect(try #require(object.deployedAtMilliseconds) >= begun)

            // The run that failed shows it as failing, with who published it before.
            let touched = try await store.objects(touchedBy: failed.id, stage: .sync, limit: 9, offset: 0)
            let shown = try #require(touched.objects.first { $0.path == path })
            #expect(shown.attempts == 1 && shown.syncedBy?.run == published.id)
            // And it is done again by that run's number.
            pipeline.sandbox.clearFaults()
            var again = StageOptions()
            again.run = failed.id
            again.isForced = true
            try await pipeline.sync(options: again)
            #expect(try pipeline.versions("wp-plugin/akismet")?.first == "99.0")
            let healed = try #require(try await store.trails(packages: ids).first?.objects.first { $0.path == path })
            #expect(healed.failedBy == nil && healed.isLive)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a named package and a named run are done again, and nothing else`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            pipeline.sandbox.resetStatistics()
            var options = StageOptions()
            options.packages = ["wp-plugin/akismet"]
            #expect(try await pipeline.update(options: options).counters["packages_asked"] == 1)
            options.isForced = true
            #expect(try await pipeline.sync(options: options).counters["objects_uploaded"] == 2)

            let update = try #require(try await pipeline.store.runs(of: .update, limit: 1).first)
            var again = StageOptions()
            again.run = update.id
            #expect(try await pipeline.update(options: again).counters["packages_asked"] == 1)
        }
    }
}

extension DiscoverStage.Configuration {
    /// Reads the whole log.
    static var fromTheStart: Self {
        var configuration = Self()
        configuration.fromRevision = 1
        return configuration
    }
}
