import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P6: a package that is larger than any may be.
@Suite struct LargePackageTests {
    @Test(arguments: TestDatabase.allCases)
    func `P6: a document above the limit is not published, what was stays, and the others go on`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 3)) { pipeline in
            try await pipeline.round()
            let before = try #require(pipeline.text("p2/wp-plugin/plugin-1.json"))
            // As many and as long as tags may be: the answer is read, and its document would have more than 4 MiB.
            for number in 0..<2_990 {
                let tag = "2.\(number)-beta\(String(repeating: "1", count: 230))"
                try pipeline.world.commit(.plugins, slug: "plugin-1", .tag(tag, isLive: false))
            }
            try pipeline.world.commit(.plugins, slug: "plugin-2", .tag("1.1"))
            try await pipeline.discover()
            let outcome = try await pipeline.update()
            #expect(outcome.exit == .partial)
            let failures = try await pipeline.store.status(failures: 9, runs: 0).failures
            #expect(failures.map(\.name) == ["wordpress-plugins/plugin-1"])
            #expect(failures.first?.error.contains("more than 4194304; what is published stays as it is") == true)
            try await pipeline.sync()
            #expect(pipeline.text("p2/wp-plugin/plugin-1.json") == before)
            #expect(try pipeline.versions("wp-plugin/plugin-2")?.contains("1.1") == true)

            try pipeline.world.commit(.plugins, slug: "plugin-1", .deleteTags)
            try pipeline.world.commit(.plugins, slug: "plugin-1", .tag("3.0"))
            try await pipeline.discover()
            try await pipeline.makeEverythingDue()
            #expect(try await pipeline.update().exit == .done)
            try await pipeline.sync()
            #expect(try pipeline.versions("wp-plugin/plugin-1") == ["3.0"])
        }
    }
}
