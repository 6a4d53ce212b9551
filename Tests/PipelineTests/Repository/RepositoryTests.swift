import Command
import ComposerRepository
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Upstream

/// Composer repositories as upstreams, over HTTP and through all stages.
@Suite struct RepositoryTests {
    /// Opens a pipeline over repositories of these shapes, all of one world.
    static func with(
        _ database: TestDatabase,
        _ mounts: [ComposerMount],
        configure: (inout RepositorySettings) -> Void = { _ in },
        _ body: (Pipeline) async throws -> Void
    ) async throws {
        try await Pipeline.with(database, world: .builtIn, composer: mounts) { pipeline, address in
            var pipeline = pipeline
            pipeline.settings.stages.sources = try mounts.map { mount in
                var settings = RepositorySettings(name: mount.name, url: address.composer(mount.name))
                configure(&settings)
                return try RepositorySource(settings)
            }
            try await body(pipeline)
        }
    }

    /// Opens a pipeline over a Packagist of ten packages, all of which are published.
    static func withPackagist(
        _ database: TestDatabase,
        _ body: (Pipeline, ComposerWorld, ComposerMount) async throws -> Void
    ) async throws {
        let world = ComposerWorld(packages: 10)
        let mount = try ComposerMount("packagist", .packagist, world)
        try await Self.with(database, [mount]) { pipeline in
            try await pipeline.round()
            try await body(pipeline, world, mount)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P16: documents of a repository with a feed are upstream's bytes`(_ database: TestDatabase) async throws {
        let world = ComposerWorld(packages: 40)
        let mount = try ComposerMount("packagist", .packagist, world)
        try await Self.with(database, [mount]) { pipeline in
            try await pipeline.round()
            let documents = pipeline.documents
            #expect(documents.count == 80)
            for name in world.names {
                for (path, isDev) in [("p2/\(name).json", false), ("p2/\(name)~dev.json", true)] {
                    let upstream = try await Curl.body(of: "\(pipeline.url(of: mount))/\(path)")
                    let published = try #require(documents[path])
                    // That of the releases has advisories, which are for one who announces them.
                    if isDev { #expect(published == upstream, "\(path)") }
                    let read = try [published, upstream].map {
                        try JSONSerialization.jsonObject(with: Data($0)) as? NSDictionary
                    }
                    #expect(read[0]?["packages"] as? NSDictionary == read[1]?["packages"] as? NSDictionary, "\(path)")
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P4: without change a repository with a feed is asked once`(_ database: TestDatabase) async throws {
        let world = ComposerWorld(packages: 40)
        let mount = try ComposerMount("packagist", .packagist, world)
        try await Self.with(database, [mount]) { pipeline in
            try await pipeline.round()
            let before = try await pipeline.rows()
            mount.resetRequests()
            try await pipeline.round()
            #expect(mount.requests.total == 1)
            #expect(try await pipeline.rows() == before)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what a feed tells of is asked about and nothing else`(_ database: TestDatabase) async throws {
        let world = ComposerWorld(packages: 40)
        let mount = try ComposerMount("packagist", .packagist, world)
        try await Self.with(database, [mount]) { pipeline in
            try await pipeline.round()
            mount.resetRequests()
            let changed = world.publish(count: 3)
            let new = world.add(count: 1)
            try await pipeline.round()
            #expect(mount.requests.total == 2 + 1 + 2 * 4, "the feed twice, the root, two documents each")
            for name in changed + new {
                let version = try #require(world.newestVersion(name))
                #expect(try pipeline.versions(name)?.first == version)
            }
            mount.resetRequests()
            try await pipeline.round()
            #expect(mount.requests.total == 1)
        }
    }

    @Test(arguments: ComposerShape.allCases.filter { $0 != .captures && $0 != .lazy })
    func `each shape of a repository goes through all stages, and so do its changes`(
        _ shape: ComposerShape
    ) async throws {
        let world = ComposerWorld(packages: 12)
        let mount = try ComposerMount("repo", shape, world)
        try await Self.with(.sqlite, [mount]) { pipeline in
            try await pipeline.round()
            let names = world.names.filter { world.newestVersion($0) != nil }
            #expect(!names.isEmpty)
            for name in names { #expect(try pipeline.versions(name)?.isEmpty == false, "\(name)") }
            let changed = world.publish(count: 2)
            let new = world.add(count: 1)
            let gone = world.delete(count: 1)
            // Where nothing tells what changed, the regular look does.
            if shape == .satis { try await pipeline.makeEverythingDue() }
            try await pipeline.round(reconciling: true)
            for name in Set(changed + new).subtracting(gone) {
                let version = try #require(world.newestVersion(name))
                #expect(try pipeline.versions(name)?.contains(version) == true, "\(name)")
            }
            try await pipeline.settle()
            for name in gone { #expect(try pipeline.versions(name) == nil, "\(name)") }
        }
    }
}
