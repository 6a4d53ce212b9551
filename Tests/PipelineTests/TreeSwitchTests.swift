import Command
import Composer
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// A v1 tree that is turned on and off.
@Suite struct TreeSwitchTests {
    @Test(arguments: TestDatabase.allCases)
    func `a tree that is turned off is announced no more, goes later, and comes back whole`(
        _ database: TestDatabase
    ) async throws {
        try await ProviderTreeTests.with(database) { pipeline, world in
            var pipeline = pipeline
            var client = TreeClient()
            pipeline.settings.stages.hasProviderTree = false
            try await pipeline.round()
            #expect(pipeline.bucket().keys.allSatisfy { !$0.hasPrefix("v1/") })
            pipeline.settings.stages.hasProviderTree = true
            try await pipeline.sync()
            try pipeline.expectTreeIsWhole("turned on")
            client.look(pipeline.bucket(), "turned on")
            let files = pipeline.treeFiles

            pipeline.settings.stages.hasProviderTree = false
            try await pipeline.sync()
            #expect(pipeline.bucket()[TreeFile.rootKey] == nil)
            #expect(pipeline.treeFiles == files, "some are on the way")
            try await client.wait(minutes: 10, pipeline.store)
            _ = world.publish(count: 1)
            try await pipeline.round()
            client.look(pipeline.bucket(), "turned off")
            try await client.wait(minutes: 2, pipeline.store)
            try await pipeline.sync()
            #expect(pipeline.treeFiles.isEmpty)
            let rows = try await pipeline.rows()
            try await pipeline.sync()
            #expect(try await pipeline.rows() == rows, "nothing is left to be done")

            pipeline.settings.stages.hasProviderTree = true
            try await pipeline.sync()
            try pipeline.expectTreeIsWhole("turned on again")
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a tree that is wanted again while its root can't be deleted stays`(_ database: TestDatabase) async throws {
        try await ProviderTreeTests.with(database) { pipeline, _ in
            var pipeline = pipeline
            try await pipeline.round()
            pipeline.settings.stages.hasProviderTree = false
            pipeline.wrap = { InterposedStore($0, key: TreeFile.rootKey, refusesDelete: true) }
            var client = TreeClient()
            for _ in 1...2 {
                #expect(try await pipeline.sync().exit == .partial)
                client.look(pipeline.bucket(), "its root is live still")
                try await client.wait(minutes: 12, pipeline.store)
            }
            pipeline.settings.stages.hasProviderTree = true
            pipeline.wrap = { $0 }
            try await pipeline.retryAll()
            try await pipeline.sync()
            try pipeline.expectTreeIsWhole()
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a package whose live bytes are lost keeps nobody busy, and is in the tree once they are back`(
        _ database: TestDatabase
    ) async throws {
        try await ProviderTreeTests.with(database) { pipeline, world in
            var settings = pipeline.settings.stages
            func publish() async throws {
                let publisher = Publisher(store: pipeline.store, settings: settings, logger: Pipeline.logger)
                for _ in 1...2 { _ = try await publisher.publish() }
            }
            func told() async throws -> Int {
                try await pipeline.store.engine.read {
                    try $0.rows("SELECT count(*) AS count FROM tree_packages")[0]["count"]
                }
            }
            settings.hasProviderTree = false
            try await pipeline.discover()
            try await pipeline.update()
            try await publish()
            let path = DocumentName.main(of: world.names[0]).path
            let lost = try #require(try await pipeline.store.document(at: path)).content
            _ = try await pipeline.store.engine.write { session in
                try session.execute("DELETE FROM blobs WHERE hash = \(lost.hash.bytes)")
            }
            settings.hasProviderTree = true
            try await publish()
            #expect(try await told() == world.names.count - 1)
            let runs = try await pipeline.store.runs(limit: 100).count
            try await publish()
            #expect(try await pipeline.store.runs(limit: 100).count == runs)

            _ = try await pipeline.store.engine.write { session in
                try session.execute(
                    """
                    INSERT INTO blobs (hash, encoding, size, bytes, refs)
                    VALUES (\(lost.hash.bytes), \(lost.encoding.rawValue), \(Int64(lost.size)), \(lost.bytes), 1)
                    """
                )
            }
            try await publish()
            #expect(try await told() == world.names.count)
        }
    }
}
