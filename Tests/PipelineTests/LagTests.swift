import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// What is waited for while upstream's API is behind its own Subversion.
@Suite struct LagTests {
    /// Hours until a package is due.
    private func wait(_ pipeline: Pipeline, _ slug: String) async throws -> Int64? {
        try await pipeline.store.engine.read { session in
            try session.rows("SELECT (due_at_ms - \(.now)) / 3600000 FROM packages WHERE key = \(slug)").first?
                .integer(0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a new plugin that upstream does not know for days is looked for daily until it does`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            // Three days ago: upstream has said that it knows no such plugin, and goes on saying so from its cache.
            pipeline.world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3 * 86_400)
            pipeline.world.lag(.plugins, slug: "brand-new")
            try pipeline.world.add(.plugins, SandboxPackage(slug: "brand-new"), tags: ["1.0"])
            try await pipeline.discover()
            for look in 1...14 {
                #expect(try await pipeline.update().counters["packages_behind"] == 1, "look \(look)")
                #expect(
                    try await self.wait(pipeline, "brand-new").map { (0...24).contains($0) } == true,
                    "look \(look)"
                )
                try await pipeline.makeEverythingDue()
            }
            pipeline.world.releaseLag(.plugins)
            try await pipeline.round()
            #expect(try pipeline.versions("wp-plugin/brand-new") == ["1.0"])
        }
    }
}
