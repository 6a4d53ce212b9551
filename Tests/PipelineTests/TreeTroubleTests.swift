import Composer
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// Files of the v1 tree that can't be uploaded, or whose bytes are lost.
@Suite struct TreeTroubleTests {
    @Test(arguments: TestDatabase.allCases)
    func `P18, P19: while a listing can't be uploaded, the root leads to the one before and all that it names`(
        _ database: TestDatabase
    ) async throws {
        try await ProviderTreeTests.with(database) { pipeline, world in
            var client = TreeClient()
            try await pipeline.round()
            client.look(pipeline.bucket(), "at first")
            let before = try #require(try pipeline.tree()).keys.sorted()
            let fault = pipeline.sandbox.fail(SandboxFault(.status(400), route: "s3-put", pattern: "v1/p/provider-*"))
            for _ in 1...3 {
                _ = world.publish(count: 2)
                _ = world.add(count: 1)
                try await pipeline.retryAll()
                try await pipeline.round()
                try await client.wait(minutes: 12, pipeline.store)
                client.look(pipeline.bucket(), "the listing is stuck")
                #expect(try #require(try pipeline.tree()).keys.sorted() == before)
            }
            pipeline.sandbox.clearFaults(id: fault)
            try await pipeline.retryAll()
            try await pipeline.sync()
            client.look(pipeline.bucket(), "the listing is there")
            try pipeline.expectTreeIsWhole()
            try await client.wait(minutes: 12, pipeline.store)
            try await pipeline.sync()
            #expect(pipeline.treeFiles.count == world.names.count + 1)
        }
    }

    @Test(arguments: TestDatabase.allCases, LostContentTests.Loss.allCases)
    func `a document or listing whose bytes are lost is derived again by the next run`(
        _ database: TestDatabase,
        _ loss: LostContentTests.Loss
    ) async throws {
        try await ProviderTreeTests.with(database) { pipeline, _ in
            try await pipeline.round()
            for isListing in [false, true] {
                let bucket = pipeline.bucket()
                let key = try #require(pipeline.treeFiles.first { TreeFile(key: $0)?.isListing == isListing })
                try await LostContentTests.lose(key, loss, pipeline)
                #expect(try await pipeline.store.markForUpload(paths: [key]) == 1)
                let outcome = try await pipeline.sync()
                #expect(outcome.exit == .partial && outcome.counters["contents_lost"] == 1)
                #expect(try await pipeline.sync().exit == .done)
                #expect(pipeline.bucket() == bucket)
                #expect(try await pipeline.verify(isDeep: true).exit == .done)
            }
        }
    }
}
