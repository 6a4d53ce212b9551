import Command
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P23 through the stages, and what upstream's word is worth.
@Suite struct WithdrawalTests {
    /// What upstream can say so that a document goes, or loses all its versions.
    enum Cause: String, CaseIterable, Sendable { case closed, unknown, noVersions }

    @Test(arguments: TestDatabase.allCases, Cause.allCases)
    func `P23: a tenth of a source that is gone in a day stays until a person confirms`(
        _ database: TestDatabase,
        _ cause: Cause
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 100)) { pipeline in
            var pipeline = pipeline
            // In batches of any size.
            pipeline.updating.batchSize = cause == .closed ? 9 : cause == .unknown ? 1 : 100
            try await pipeline.round()
            let bucket = pipeline.bucket()
            for slug in pipeline.world.slugs(.plugins).prefix(50) { try pipeline.spoil(slug, cause) }
            var outcome = StageOutcome()
            for _ in 1...6 {
                try await pipeline.makeEverythingDue()
                try await pipeline.discover()
                outcome = try await pipeline.update()
                try await pipeline.sync()
            }
            let left = try pipeline.packagesWithVersions()
            #expect(left >= 96)
            #expect(outcome.exit == .refused)
            let held = 50 - (100 - left)
            #expect(
                outcome.error?.contains("\(held == 1 ? "1 package" : "\(held) packages") of wordpress-plugins") == true
            )
            #expect(outcome.error?.contains("update --confirm-withdrawals wordpress-plugins") == true)
            #expect(try await pipeline.store.pipelineState().failingPackages == 0)

            // Upstream was wrong about one of them.
            if cause == .closed { try pipeline.world.reopen(slug: "plugin-49") }
            let confirmed = try await pipeline.confirmWithdrawals()
            #expect(confirmed.exit == .done)
            #expect(confirmed.counters["withdrawals_confirmed"] == held)
            try await pipeline.sync()
            #expect(try pipeline.packagesWithVersions() == (cause == .closed ? 51 : 50))
            #expect(try await pipeline.store.pipelineState().sources.allSatisfy { $0.held == 0 })
            if cause == .closed {
                #expect(pipeline.bucket()["p2/wp-plugin/plugin-49.json"] == bucket["p2/wp-plugin/plugin-49.json"])
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P23: a curated set of nine is not withdrawn one by one`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 9)) { pipeline in
            try await pipeline.round()
            for slug in pipeline.world.slugs(.plugins) { try pipeline.world.close(slug: slug) }
            var single = StageOptions()
            single.limit = 1
            for _ in 1...34 {
                try await pipeline.makeEverythingDue()
                try await pipeline.update(options: single)
                try await pipeline.sync()
            }
            #expect(try pipeline.packagesWithVersions() >= 6)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `closing is believed when it was said twice, and once in a while upstream is wrong`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 20)) { pipeline in
            try await pipeline.round()
            let bucket = pipeline.bucket()
            for _ in 1...3 {
                try pipeline.world.close(slug: "plugin-7")
                try await pipeline.makeEverythingDue()
                #expect(try await pipeline.update().counters["packages_doubted"] == 1)
                try await pipeline.sync()
                #expect(pipeline.bucket() == bucket)
                #expect(try await pipeline.store.pipelineState().sources[0].doubted == 1)
                try pipeline.world.reopen(slug: "plugin-7")
                try await pipeline.makeEverythingDue()
                try await pipeline.update()
            }
            try pipeline.world.close(slug: "plugin-7")
            for _ in 1...2 {
                try await pipeline.makeEverythingDue()
                #expect(try await pipeline.update().exit == .done)
            }
            try await pipeline.sync()
            #expect(try pipeline.versions("wp-plugin/plugin-7") == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a package whose answer lagged is not withdrawn by one "not found"`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 20)) { pipeline in
            try await pipeline.round()
            pipeline.world.setClock(seconds: Int64(Date().timeIntervalSince1970))
            pipeline.world.lag(.plugins, slug: "plugin-7")
            try pipeline.world.commit(.plugins, slug: "plugin-7", .tag("99.1"))
            try await pipeline.discover()
            for _ in 1...3 {
                #expect(try await pipeline.update().counters["packages_behind"] == 1)
                try await pipeline.makeEverythingDue()
            }
            pipeline.world.releaseLag(.plugins, slug: "plugin-7")
            try pipeline.world.setListed(.plugins, slug: "plugin-7", false)
            #expect(try await pipeline.update().counters["packages_doubted"] == 1)
            try await pipeline.sync()
            #expect(try pipeline.versions("wp-plugin/plugin-7") != nil)
        }
    }
}

/// What a failed request says of its packages: nothing.
@Suite struct OutageTests {
    @Test(arguments: TestDatabase.allCases)
    func `P6: after an outage packages are asked about by the hundred again`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 1_000)) { pipeline in
            try await pipeline.discover()
            for effect in [SandboxFault.Effect.status(500), .htmlPage, .reset] {
                pipeline.sandbox.fail(SandboxFault(effect, route: "plugins-api-*"))
                pipeline.sandbox.resetStatistics()
                let outcome = try await pipeline.update()
                #expect(outcome.exit == .partial, "\(effect)")
                #expect(outcome.counters["packages_failed"] == nil)
                // Not each of the ten batches is tried to its end: each of four workers asks for two at once, whose first
                // requests have five attempts, and gives up after ten failures in a row, with one more on its way.
                #expect(pipeline.sandbox.statistics.upstreamRequests <= 4 * (2 * 5 + 8 + 1), "\(effect)")
                pipeline.sandbox.clearFaults()
                try await pipeline.makeEverythingDue()
            }
            #expect(try await pipeline.store.pipelineState().failingPackages == 0)
            pipeline.sandbox.resetStatistics()
            #expect(try await pipeline.update().exit == .done)
            #expect(pipeline.sandbox.statistics.count(.pluginsBatch) == 10)
            #expect(pipeline.sandbox.statistics.count(.pluginsSingle) == 0)
            try await pipeline.sync()
            #expect(try pipeline.packagesWithVersions() == 1_000)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P6: what spoils a batch is asked about alone, and only that, until it is answered`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 60)) { pipeline in
            try await pipeline.discover()
            pipeline.sandbox.fail(SandboxFault(.status(500), route: "plugins-api-*", pattern: "plugin-17"))
            #expect(try await pipeline.update().counters["packages_failed"] == 1)
            pipeline.sandbox.resetStatistics()
            try await pipeline.makeEverythingDue()
            #expect(try await pipeline.update().counters["packages_failed"] == 1)
            #expect(pipeline.sandbox.statistics.count(.pluginsBatch) == 1)
            // Alone, with its retries.
            #expect(pipeline.sandbox.statistics.count(.pluginsSingle) == 3)
            let failure = try await pipeline.store.status(failures: 9, runs: 0).failures
            #expect(failure.map(\.name) == ["wordpress-plugins/plugin-17"])
            #expect(failure.map(\.attempts) == [2])
            pipeline.sandbox.clearFaults()
            for expected in [2, 1] {
                pipeline.sandbox.resetStatistics()
                try await pipeline.makeEverythingDue()
                #expect(try await pipeline.update().exit == .done)
                #expect(pipeline.sandbox.statistics.upstreamRequests == expected)
            }
        }
    }
}

extension SandboxWorld {
    /// Plugins `plugin-0` …, each with one tag that is live.
    static func plain(plugins: Int) throws -> SandboxWorld {
        let world = SandboxWorld()
        for number in 0..<plugins {
            try world.add(.plugins, SandboxPackage(slug: "plugin-\(number)"), tags: ["1.0"])
        }
        return world
    }
}

extension Pipeline {
    fileprivate func spoil(_ slug: String, _ cause: WithdrawalTests.Cause) throws {
        switch cause {
        case .closed: try self.world.close(slug: slug)
        case .unknown: try self.world.setListed(.plugins, slug: slug, false)
        case .noVersions: try self.world.commit(.plugins, slug: slug, .replaceDirectory)
        }
    }

    /// Plugins with a version in the bucket.
    func packagesWithVersions() throws -> Int {
        try self.bucket().keys.count { key in
            guard key.hasPrefix("p2/wp-plugin/"), !key.contains("~dev") else { return false }
            let name = String(key.dropFirst("p2/".count).dropLast(".json".count))
            return try self.versions(name)?.isEmpty == false
        }
    }
}
