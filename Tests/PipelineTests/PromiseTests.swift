import Composer
import Facts
import Foundation
import Pipeline
import Resilience
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing
import WordPress

@Suite struct PromiseTests {
    @Test(arguments: TestDatabase.allCases)
    func `P2: a document that changes while it is uploaded is uploaded again`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.discover()
            try await pipeline.update()
            var interposed = pipeline
            interposed.wrap = { store in
                InterposedStore(store, key: "p2/wp-plugin/akismet.json") {
                    try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.1"))
                    try await pipeline.discover()
                    try await pipeline.update()
                }
            }
            // The injected change is picked up in the same run, or in the next one; it is never lost.
            try await interposed.sync()
            try await pipeline.sync()
            #expect(try pipeline.versions("wp-plugin/akismet")?.first == "99.1")
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P3: a deletion that fails stays pending and is done in the end`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            try pipeline.world.close(slug: "akismet")
            for _ in 1...2 {
                try await pipeline.makeEverythingDue()
                try await pipeline.update()
            }
            let feedStart = try await pipeline.store.feedTimestamp()
            var refused = pipeline
            refused.wrap = { InterposedStore($0, key: "p2/wp-plugin/akismet~dev.json", refusesDelete: true) }
            let outcome = try await refused.sync()
            #expect(outcome.exit == .partial)
            #expect(pipeline.bucket().keys.filter { $0.contains("/akismet") } == ["p2/wp-plugin/akismet~dev.json"])
            // The feed says that the package is gone when the last of it is.
            #expect(try await pipeline.store.feed(since: feedStart).answer == .actions([]))
            var again = StageOptions()
            again.isForced = true
            again.packages = ["akismet"]
            try await pipeline.sync(options: again)
            #expect(!pipeline.bucket().keys.contains { $0.contains("/akismet") })
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
            guard case .actions(let actions) = try await pipeline.store.feed(since: feedStart).answer else {
                Issue.record("the feed resyncs")
                return
            }
            #expect(actions.filter { $0.name == "wp-plugin/akismet" }.map(\.kind) == [.delete])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P6: bad packages fail alone, are shown and wait; the rest completes`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            let faults: [(String, SandboxFault.Effect)] = [
                ("akismet", .status(500)), ("hello-dolly", .malformedJSON), ("classic-editor", .huge(bytes: 100 << 20)),
            ]
            for (slug, effect) in faults {
                pipeline.sandbox.fail(SandboxFault(effect, route: "plugins-api-*", pattern: slug))
            }
            try await pipeline.discover()
            let cursor = try await pipeline.store.source("wordpress-plugins")?.cursor
            #expect(cursor?.text == "\(pipeline.world.youngestRevision(.plugins))")
            let outcome = try await pipeline.update()
            #expect(outcome.exit == .partial)
            #expect(outcome.counters["packages_failed"] == 3)
            try await pipeline.sync()
            let plugins = pipeline.world.packageCount(.plugins)
            let written = pipeline.bucket().keys.filter { $0.hasPrefix("p2/wp-plugin/") && !$0.contains("~dev") }
            let closed = pipeline.world.slugs(.plugins).filter { slug in
                pipeline.world.package(.plugins, slug: slug).map { $0.closure != nil || !$0.isListed } ?? true
            }
            #expect(written.count == plugins - 3 - closed.count)

            let report = try await pipeline.store.status(failures: 10, runs: 0)
            #expect(report.failures.map(\.name).sorted() == faults.map { "wordpress-plugins/\($0.0)" }.sorted())
            #expect(report.failures.allSatisfy { $0.retryAtMilliseconds ?? 0 > report.state.nowMilliseconds })

            // They are asked for alone, wait longer each time, and come back when the fault is gone.
            let before = Dictionary(uniqueKeysWithValues: report.failures.map { ($0.name, $0) })
            try await pipeline.makeEverythingDue()
            try await pipeline.update()
            let again = try await pipeline.store.status(failures: 10, runs: 0)
            #expect(again.failures.allSatisfy { $0.attempts == 2 && before[$0.name]?.attempts == 1 })
            pipeline.sandbox.clearFaults()
            try await pipeline.makeEverythingDue()
            #expect(try await pipeline.update().exit == .done)
            try await pipeline.sync()
            #expect(try pipeline.versions("wp-plugin/akismet")?.isEmpty == false)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P6: a package that stays behind for ever does not hold the others up`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            pipeline.world.setClock(seconds: Int64(Date().timeIntervalSince1970))
            pipeline.world.lag(.plugins, slug: "akismet")
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.1"))
            try pipeline.world.commit(.plugins, slug: "hello-dolly", .tag("99.2"))
            try await pipeline.round()
            #expect(try pipeline.versions("wp-plugin/hello-dolly")?.first == "99.2")
            for look in 2...10 {
                try await pipeline.makeEverythingDue()
                #expect(try await pipeline.update().counters["packages_behind"] == 1, "look \(look)")
            }
            // Ten looks over a day: what upstream says then is taken as its last word.
            try await pipeline.makeEverythingDue()
            #expect(try await pipeline.update().counters["packages_behind"] == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P9: a listing that is cut, shrunken, empty or an error page changes nothing`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let packages = try await pipeline.rows()["packages"]
            let bucket = pipeline.bucket()
            var reconcile = DiscoverStage.Configuration()
            reconcile.reconciles = true
            var forced = StageOptions()
            forced.isForced = true
            let effects: [SandboxFault.Effect] = [
                .truncated, .shrunk(percent: 20), .shrunk(percent: 100), .htmlPage, .emptyBody,
            ]
            // With force a person says that a short one is right; what is no whole listing is refused all the same.
            let unforced = effects.map { ($0, StageOptions()) }
            for (effect, options) in unforced + effects.filter({ !$0.isShrunk }).map({ ($0, forced) }) {
                pipeline.sandbox.fail(SandboxFault(effect, route: "*-svn-listing"))
                let outcome = try await pipeline.discover(reconcile, options: options)
                #expect(outcome.exit == .refused, "\(effect)")
                #expect(outcome.error?.isEmpty == false)
                pipeline.sandbox.clearFaults()
                try await pipeline.update()
                try await pipeline.sync()
                #expect(try await pipeline.rows()["packages"] == packages, "\(effect)")
            }
            #expect(pipeline.bucket() == bucket)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P9: an API that denies its packages or lies with status 200 withdraws nothing`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let bucket = pipeline.bucket()
            for effect in [SandboxFault.Effect.htmlPage, .emptyBody, .malformedJSON, .truncated] {
                pipeline.sandbox.fail(SandboxFault(effect, route: "*-api-*"))
                try await pipeline.makeEverythingDue()
                #expect(try await pipeline.update().exit == .partial, "\(effect)")
                try await pipeline.sync()
                #expect(pipeline.bucket() == bucket, "\(effect)")
                pipeline.sandbox.clearFaults()
            }
            try await pipeline.makeEverythingDue()
            try await pipeline.update()
            for slug in pipeline.world.slugs(.plugins) { try pipeline.world.setListed(.plugins, slug: slug, false) }
            // It is doubted twice; from then on a person is needed.
            for look in 1...5 {
                try await pipeline.makeEverythingDue()
                #expect(try await pipeline.update().exit == (look <= 2 ? .done : .refused), "look \(look)")
                try await pipeline.sync()
                #expect(pipeline.bucket() == bucket)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P11: a change of format republishes everything once, resumably, without a request`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let before = pipeline.bucket()
            pipeline.sandbox.resetStatistics()
            pipeline.sandbox.objects.forgetWrites()
            var changed = pipeline
            changed.configure { $0.vendor = $0.type == .plugin ? "renamed-plugin" : "renamed-theme" }
            // Stopped half-way, twice.
            var some = StageOptions()
            some.limit = 9
            for _ in 1...2 {
                #expect(try await changed.update(options: some).counters["packages_derived_again"] == 9)
                try await changed.sync()
            }
            try await changed.update()
            try await changed.sync()
            #expect(changed.sandbox.statistics.upstreamRequests == 0)
            let after = changed.bucket()
            #expect(after.count == before.count)
            #expect(after.keys.filter { $0.hasPrefix("p2/wp-") }.isEmpty)
            let documents = changed.sandbox.objects.writes.filter { $0.method == "PUT" && $0.key.hasPrefix("p2/") }
            #expect(documents.count == before.count - 1)
            changed.sandbox.objects.forgetWrites()
            try await changed.update()
            try await changed.sync()
            #expect(changed.sandbox.objects.writes.isEmpty)
        }
    }
}

extension SandboxFault.Effect {
    fileprivate var isShrunk: Bool { if case .shrunk = self { true } else { false } }
}
