import Command
import Composer
import Facts
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// The v1 tree, through all stages.
@Suite struct ProviderTreeTests {
    static func with(
        _ database: TestDatabase,
        packages: Int = 12,
        _ body: (Pipeline, ComposerWorld) async throws -> Void
    ) async throws {
        let world = ComposerWorld(packages: packages)
        try await RepositoryTests.with(database, [try ComposerMount("packagist", .packagist, world)]) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.hasProviderTree = true
            pipeline.updating = .credulous
            try await body(pipeline, world)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P1: the tree has what is live, and follows what changes, comes and goes`(
        _ database: TestDatabase
    ) async throws {
        try await Self.with(database) { pipeline, world in
            try await pipeline.round()
            try pipeline.expectTreeIsWhole("at first")
            let changed = world.publish(count: 2)
            let new = world.add(count: 1)
            try await pipeline.round()
            try pipeline.expectTreeIsWhole("after changes")
            let tree = try #require(try pipeline.tree())
            for name in changed + new {
                let version = try #require(world.newestVersion(name))
                #expect(tree[name]?[version] != nil)
            }
            let gone = world.delete(count: 1)
            try await pipeline.settle()
            try pipeline.expectTreeIsWhole("after a deletion")
            #expect(try pipeline.tree()?[gone[0]] == nil)
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `versions of the tree are what Composer makes of the two documents, each with a uid of its own`(
        _ database: TestDatabase
    ) async throws {
        try await Self.with(database) { pipeline, world in
            try await pipeline.round()
            var uids: Set<Int64> = []
            for (name, versions) in try #require(try pipeline.tree()) {
                for (version, members) in versions {
                    #expect(members["name"] as? String == name && members["version"] as? String == version)
                    let normalized = try #require(members["version_normalized"] as? String)
                    #expect(normalized == (version == "dev-master" ? "9999999-dev" : Version.normalize(version)))
                    #expect(uids.insert(try #require(members["uid"] as? Int64)).inserted)
                    #expect(!members.values.contains { $0 as? String == "__unset" })
                }
            }
            #expect(uids.count > world.names.count)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P4: without change a tree costs nothing`(_ database: TestDatabase) async throws {
        try await Self.with(database) { pipeline, _ in
            try await pipeline.round()
            let (rows, bucket) = (try await pipeline.rows(), pipeline.bucket())
            #expect(try await pipeline.sync().counters.isEmpty)
            #expect(try await pipeline.rows() == rows)
            #expect(pipeline.bucket() == bucket)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P18: a document that can't be uploaded holds back its own package and nothing else`(
        _ database: TestDatabase
    ) async throws {
        try await Self.with(database) { pipeline, world in
            try await pipeline.round()
            var client = TreeClient()
            client.look(pipeline.bucket(), "at first")
            let names = world.publish(count: 3)
            let (stuck, free) = (names[0], names[1])
            let before = try #require(try pipeline.tree()?[stuck]).count
            let fault = pipeline.sandbox.fail(SandboxFault(.status(400), route: "s3-put", pattern: "v1/p/\(stuck)*"))
            try await pipeline.discover()
            try await pipeline.update()
            #expect(try await pipeline.sync().exit == .partial)
            var tree = try #require(try pipeline.tree())
            #expect(tree[stuck]?.count == before, "as it was")
            #expect(tree[free]?[try #require(world.newestVersion(free))] != nil)
            let new = world.add(count: 1)
            try await pipeline.round()
            #expect(try pipeline.tree()?[new[0]] != nil)
            for _ in 1...2 {
                client.look(pipeline.bucket(), "what stands in for it stays")
                try await client.wait(minutes: 12, pipeline.store)
                try await pipeline.sync()
            }
            #expect(try pipeline.tree()?[stuck]?.count == before)

            pipeline.sandbox.clearFaults(id: fault)
            try await pipeline.retryAll()
            try await pipeline.sync()
            tree = try #require(try pipeline.tree())
            #expect(tree[stuck]?[try #require(world.newestVersion(stuck))] != nil)
            try pipeline.expectTreeIsWhole()
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P12: what is missing, differs or is too much in the tree is found and mended`(
        _ database: TestDatabase
    ) async throws {
        try await Self.with(database) { pipeline, _ in
            try await pipeline.round()
            let before = pipeline.bucket()
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
            let documents = pipeline.treeFiles.filter { TreeFile(key: $0)?.isListing == false }.sorted()
            let listing = try #require(pipeline.treeFiles.first { TreeFile(key: $0)?.isListing == true })
            let stray = TreeFile(name: "provider-00", content: ContentHash(of: [1])).key
            try await pipeline.withBucket { objects in
                try await objects.delete(documents[0])
                try await objects.delete(TreeFile.rootKey)
                try await objects.delete(listing)
                _ = try await objects.put(ObjectUpload(key: documents[1], bytes: Array("{}".utf8)))
                _ = try await objects.put(ObjectUpload(key: stray, bytes: Array("{}".utf8)))
            }
            let found = try await pipeline.verify()
            #expect(found.counters["objects_missing"] == 3)
            #expect(found.counters["objects_differing"] == 1)
            #expect(found.counters["objects_extra"] == 1)
            #expect(try await pipeline.verify(repairs: true).exit == .done)
            #expect(pipeline.bucket() == before)
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `another bucket gets the tree too`(_ database: TestDatabase) async throws {
        try await Self.with(database) { pipeline, _ in
            var pipeline = pipeline
            try await pipeline.round()
            let before = pipeline.bucket()
            pipeline.settings.stages.bucket = .s3(bucket: "scratch", prefix: "")
            var options = StageOptions()
            options.isForced = true
            #expect(try await pipeline.sync(options: options).exit == .done)
            #expect(pipeline.bucket("scratch") == before)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `serve has the tree where there is no bucket`(_ database: TestDatabase) async throws {
        try await Self.with(database) { pipeline, world in
            try await pipeline.discover()
            try await pipeline.update()
            let publisher = Publisher(
                store: pipeline.store,
                settings: pipeline.settings.stages,
                logger: Pipeline.logger
            )
            _ = try await publisher.publish()
            _ = try await publisher.publish()
            try await RunningSite.with(pipeline.store) { port in
                let http = PlainHTTP(port: port)
                let root = try await http.get("/v1/packages.json")
                #expect(root.status == 200 && root.headers["cache-control"] == "public, max-age=60")
                let text = String(decoding: root.body, as: UTF8.self)
                let listing = try #require(
                    text.firstMatch(of: /p\/(provider-[0-9a-f-]+)\$%hash%\.json":\{"sha256":"([0-9a-f]+)"/)
                )
                let hashed = try await http.get("/v1/p/\(listing.1)%24\(listing.2).json")
                #expect(hashed.status == 200)
                #expect(hashed.headers["cache-control"] == "public, max-age=31536000, immutable")
                #expect(try await http.get("/v1/p/\(listing.1)$\(listing.2).json").body == hashed.body)
                let entries = String(decoding: hashed.body, as: UTF8.self)
                for name in world.names {
                    let entry = try #require(entries.range(of: "\"\(name)\":{\"sha256\":\""))
                    let hash = entries[entry.upperBound...].prefix(64)
                    #expect(try await http.get("/v1/p/\(name)$\(hash).json").status == 200)
                }
                let absent = String(repeating: "0", count: 64)
                for path in ["v1/p/a/b$\(absent).json", "v1/p/a/b$0.json", "v1/other.json", "v1/p/..$\(absent).json"] {
                    #expect(try await http.get("/\(path)").status == 404, "\(path)")
                }
            }
        }
    }
}

extension Pipeline {
    /// As if the time until each next try had passed.
    func retryAll() async throws {
        _ = try await self.store.engine.write { try $0.execute("UPDATE objects SET due_at_ms = 0 WHERE attempts > 0") }
    }
}
