import Command
import Composer
import ComposerRepository
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// What documents, root and summary say of the lists by which Composer 2.10 filters versions.
@Suite struct FilterTests {
    private struct Summary: Decodable, Equatable {
        var filter: [String: [String: String]]
    }

    private struct Root: Decodable {
        struct Filter: Decodable, Equatable {
            struct List: Decodable, Equatable { var enabled: Bool }
            var metadata: Bool
            var lists: [String: List]
            var summaryURL: String?
            var apiURL: String?

            private enum CodingKeys: String, CodingKey {
                case metadata, lists
                case summaryURL = "summary-url"
                case apiURL = "api-url"
            }
        }
        var filter: Filter?
    }

    private func summary(_ pipeline: Pipeline) throws -> [String: [String: String]]? {
        try pipeline.bucket()["filter/summary.json"].map {
            try JSONDecoder().decode(Summary.self, from: Data($0)).filter
        }
    }

    private func root(_ pipeline: Pipeline) throws -> Root.Filter? {
        let bytes = try #require(pipeline.bucket()["packages.json"])
        return try JSONDecoder().decode(Root.self, from: Data(bytes)).filter
    }

    private func expectRoot(_ pipeline: Pipeline, lists: [String]) throws {
        let filter = try #require(try self.root(pipeline))
        #expect(filter.metadata && filter.lists.keys.sorted() == lists)
        #expect(filter.lists.values.allSatisfy { $0.enabled })
        #expect(filter.summaryURL == "/filter/summary.json" && filter.apiURL == nil)
    }

    @Test(arguments: TestDatabase.allCases)
    func `closed packages are in a list of their own, and in none that Composer goes by unasked`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 20)) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.publication.closedPolicy = .tombstone
            try await pipeline.round(.fromTheStart)
            #expect(try self.root(pipeline) == nil)
            #expect(try self.summary(pipeline) == nil)

            for slug in ["plugin-3", "plugin-1"] {
                try pipeline.world.close(slug: slug)
                for _ in 1...2 {
                    try await pipeline.makeEverythingDue()
                    try await pipeline.update()
                }
                try await pipeline.sync()
            }
            let closed = ["wp-plugin/plugin-1": "*", "wp-plugin/plugin-3": "*"]
            #expect(try self.summary(pipeline) == ["closed": closed])
            #expect(
                pipeline.text("filter/summary.json")
                    == #"{"filter":{"closed":{"wp-plugin/plugin-1":"*","wp-plugin/plugin-3":"*"}}}"#
            )
            try self.expectRoot(pipeline, lists: ["closed"])

            // P4: what nobody changes is written by nobody.
            let rows = try await pipeline.rows()
            try await pipeline.makeEverythingDue()
            #expect(try await pipeline.update().counters["documents_changed", default: 0] == 0)
            #expect(try await pipeline.sync().counters["objects_uploaded", default: 0] == 0)
            #expect(try await pipeline.rows()["objects"] == rows["objects"])

            for slug in ["plugin-3", "plugin-1"] { try pipeline.world.reopen(slug: slug) }
            try await pipeline.makeEverythingDue()
            try await pipeline.update()
            try await pipeline.sync()
            #expect(try self.summary(pipeline) == [:])
            #expect(try self.root(pipeline) == nil)
        }
    }

    /// Opens a pipeline over plugins, of which `shut` is closed, and a Packagist, of which one package is named to `body`.
    private func withPackagist(
        _ database: TestDatabase,
        _ body: (Pipeline, ComposerWorld, String) async throws -> Void
    ) async throws {
        let world = ComposerWorld(packages: 12)
        let mount = try ComposerMount("packagist", .packagist, world)
        let name = try #require(world.names.sorted().first { world.newestVersion($0) != nil })
        let plugins = SandboxWorld()
        for slug in ["open", "shut"] { try plugins.add(.plugins, SandboxPackage(slug: slug), tags: ["1.0"]) }
        try plugins.close(slug: "shut")
        try await Pipeline.with(database, world: plugins, sources: "wordpress-plugins", composer: [mount]) {
            pipeline,
            address in
            var pipeline = pipeline
            let settings = RepositorySettings(name: "packagist", url: address.composer("packagist"))
            pipeline.settings.stages.sources.append(try RepositorySource(settings))
            pipeline.settings.stages.publication.closedPolicy = .tombstone
            try await body(pipeline, world, name)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P16: an upstream's malware is passed on beside other sources, and beside what is only closed`(
        _ database: TestDatabase
    ) async throws {
        try await self.withPackagist(database) { pipeline, world, bad in
            try world.bend(bad, .malware)
            try await pipeline.round(.fromTheStart)
            let document = try #require(pipeline.text("p2/\(bad).json"))
            #expect(document.contains(#""filter":{"malware":[{"constraint":"#))
            #expect(!document.contains("security-advisories"))
            let malware = try #require(try self.summary(pipeline)?["malware"])
            #expect(malware.keys.sorted() == [bad] && malware[bad]?.isEmpty == false)
            #expect(try self.summary(pipeline)?["closed"] == ["wp-plugin/shut": "*"])
            try self.expectRoot(pipeline, lists: ["closed", "malware"])

            // What upstream takes back is gone from all three.
            try world.bend(bad, nil)
            try world.publish([bad])
            try await pipeline.round()
            #expect(try self.summary(pipeline) == ["closed": ["wp-plugin/shut": "*"]])
            try self.expectRoot(pipeline, lists: ["closed"])
            #expect(pipeline.text("p2/\(bad).json")?.contains("filter") == false)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P1: a root names no list that the summary of before lacks`(_ database: TestDatabase) async throws {
        try await self.withPackagist(database) { pipeline, world, bad in
            try await pipeline.round(.fromTheStart)
            try self.expectRoot(pipeline, lists: ["closed"])

            try world.bend(bad, .malware)
            try world.publish([bad])
            pipeline.sandbox.fail(SandboxFault(.status(500), route: "s3-put", pattern: "filter/*"))
            for _ in 1...2 {
                try await pipeline.round()
                #expect(pipeline.text("p2/\(bad).json")?.contains("malware") == true)
                #expect(try self.summary(pipeline) == ["closed": ["wp-plugin/shut": "*"]])
                try self.expectRoot(pipeline, lists: ["closed"])
            }
            pipeline.sandbox.clearFaults()
            var options = StageOptions()
            options.isForced = true
            try await pipeline.sync(options: options)
            try await pipeline.sync()
            #expect(try self.summary(pipeline)?["malware"]?.keys.sorted() == [bad])
            try self.expectRoot(pipeline, lists: ["closed", "malware"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P1: a root names lists once their summary is there, whichever request fails`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 20)) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.publication.closedPolicy = .tombstone
            try await pipeline.round(.fromTheStart)
            try pipeline.world.close(slug: "plugin-3")
            for _ in 1...2 {
                try await pipeline.makeEverythingDue()
                try await pipeline.update()
            }
            pipeline.sandbox.fail(SandboxFault(.status(500), route: "s3-put", pattern: "filter/*"))
            try await pipeline.sync()
            #expect(try pipeline.versions("wp-plugin/plugin-3") == [])
            #expect(try self.summary(pipeline) == nil)
            #expect(try self.root(pipeline) == nil)

            pipeline.sandbox.clearFaults()
            var options = StageOptions()
            options.isForced = true
            try await pipeline.sync(options: options)
            try await pipeline.sync()
            #expect(try self.summary(pipeline) == ["closed": ["wp-plugin/plugin-3": "*"]])
            try self.expectRoot(pipeline, lists: ["closed"])
        }
    }
}
