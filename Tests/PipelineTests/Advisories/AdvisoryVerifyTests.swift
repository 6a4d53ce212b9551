import Command
import Facts
import ObjectStorage
import Pipeline
import Sandbox
import TestSupport
import Testing

/// P12 of what is beside documents: advisories with a root of their own, and the summary of lists.
@Suite struct AdvisoryVerifyTests {
    @Test(arguments: TestDatabase.allCases)
    func `P12: advisories, their root and the summary of lists are compared and mended`(
        _ database: TestDatabase
    ) async throws {
        let world = try SandboxWorld.plain(plugins: 5)
        try world.close(slug: "plugin-0")
        try await Pipeline.with(database, world: world, sources: "wordpress-plugins") { pipeline in
            let feed = ScriptedFeed()
            feed.advisories = try (0..<3).map { try .about(plugin: "plugin-\($0)", "A\($0)") }
            var separate = pipeline.with(.separate, [feed])
            separate.settings.stages.publication.closedPolicy = .tombstone
            separate.updating = .credulous
            for _ in 1...2 { try await separate.round() }
            let whole = separate.bucket()
            let roots = ["advisories/packages.json", "filter/summary.json", "packages.json"]
            for root in roots { #expect(whole[root] != nil, "\(root)") }
            let right = try await separate.verify()
            #expect(right.exit == .done, "\(right)")

            let gone = ["advisories/p2/wp-plugin/plugin-1.json", "advisories/packages.json", "filter/summary.json"]
            try await separate.withBucket { objects in
                for key in gone { try await objects.delete(key) }
                _ = try await objects.put(
                    ObjectUpload(key: "advisories/p2/wp-plugin/plugin-4.json", bytes: Array("{}".utf8))
                )
            }
            let found = try await separate.verify()
            #expect(found.exit == .failed && found.counters["objects_missing"] == gone.count, "\(found)")
            #expect(found.counters["objects_extra"] == 1, "\(found)")
            let mended = try await separate.verify(repairs: true)
            #expect(mended.exit == .done, "\(mended)")
            #expect(separate.bucket() == whole)
            #expect(try await separate.verify().exit == .done)
        }
    }
}
