import Command
import Composer
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P19: what nothing leads to any more stays for those who hold a root that does.
@Suite struct TreeLeftoverTests {
    @Test(arguments: TestDatabase.allCases)
    func `P19: a root resolves for ten minutes after it was last live, and then its files go`(
        _ database: TestDatabase
    ) async throws {
        try await ProviderTreeTests.with(database) { pipeline, world in
            var client = TreeClient()
            try await pipeline.round()
            client.look(pipeline.bucket(), "at first")
            let old = pipeline.treeFiles
            // Their age does not count: all of this is ages old when it is replaced.
            try await client.wait(minutes: 500, pipeline.store)
            client.look(pipeline.bucket(), "before the change")
            _ = world.publish(count: 2)
            try await pipeline.round()
            #expect(pipeline.treeFiles.isSuperset(of: old) && pipeline.treeFiles.count == old.count + 3)
            for _ in 1...5 {
                try await client.wait(minutes: 2, pipeline.store)
                try await pipeline.sync()
                client.look(pipeline.bucket(), "within ten minutes")
            }
            try await client.wait(minutes: 2, pipeline.store)
            try await pipeline.sync()
            #expect(pipeline.treeFiles.count == old.count)
            let known = try await pipeline.store.engine.read { session in
                try session.rows("SELECT key FROM objects WHERE kind = 'listing'").map { try $0["key"] as String }
            }
            #expect(Set(known) == pipeline.treeFiles, "what is deleted is forgotten")
            try pipeline.expectTreeIsWhole()
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P19: while a root can't be replaced, what it leads to stays`(_ database: TestDatabase) async throws {
        try await ProviderTreeTests.with(database) { pipeline, world in
            var client = TreeClient()
            try await pipeline.round()
            client.look(pipeline.bucket(), "at first")
            pipeline.sandbox.fail(SandboxFault(.status(400), route: "s3-put", pattern: "v1/packages.json"))
            for _ in 1...4 {
                _ = world.publish(count: 2)
                try await pipeline.retryAll()
                try await pipeline.round()
                try await client.wait(minutes: 30, pipeline.store)
                client.look(pipeline.bucket(), "the first root is live still")
            }
            pipeline.sandbox.clearFaults()
            try await pipeline.retryAll()
            try await pipeline.sync()
            client.look(pipeline.bucket(), "replaced")
            try await client.wait(minutes: 20, pipeline.store)
            try await pipeline.sync()
            try pipeline.expectTreeIsWhole()
            #expect(pipeline.treeFiles.count == world.names.count + 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P19: what is wanted again is left no more`(_ database: TestDatabase) async throws {
        try await ProviderTreeTests.with(database) { pipeline, world in
            var client = TreeClient()
            try await pipeline.round()
            let files = pipeline.treeFiles
            let name = world.names[0]
            let path = DocumentName.main(of: name).path
            let text = try #require(pipeline.text(path))
            // There and back, in one or in two runs, killed between listings and root or not.
            for isRootStuck in [false, true] {
                if isRootStuck {
                    pipeline.sandbox.fail(SandboxFault(.status(400), route: "s3-put", pattern: "v1/packages.json"))
                }
                for other in [#"{"packages":{"\#(name)":[]}}"#, text] {
                    try await pipeline.publish(other, at: path)
                    try await pipeline.retryAll()
                    try await pipeline.sync()
                    client.look(pipeline.bucket(), "\(other.count) \(isRootStuck)")
                    try await client.wait(minutes: 6, pipeline.store)
                }
                pipeline.sandbox.clearFaults()
                try await pipeline.retryAll()
                for _ in 1...3 {
                    try await pipeline.sync()
                    client.look(pipeline.bucket(), "afterwards \(isRootStuck)")
                    try await client.wait(minutes: 8, pipeline.store)
                }
                #expect(pipeline.treeFiles == files)
                try pipeline.expectTreeIsWhole()
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P19: killed at any step, every root of the last ten minutes resolves`(_ database: TestDatabase) async throws {
        try await ProviderTreeTests.with(database, packages: 8) { pipeline, world in
            var pipeline = pipeline
            pipeline.syncing.batchSize = 3
            var client = TreeClient()
            let feedStart = try await pipeline.store.feedTimestamp()
            var kills = 0
            for steps in 0..<400 {
                _ = world.publish(count: 1)
                if steps.isMultiple(of: 5) { _ = world.add(count: 1) }
                if steps % 5 == 3 { _ = world.delete(count: 1) }
                pipeline.settings.stages.hasProviderTree = steps % 23 != 22
                try await pipeline.discover()
                try await pipeline.update()
                let lifeline = Lifeline(steps: steps)
                do { try await pipeline.mortal(lifeline).sync() } catch {}
                try await pipeline.endLeases()
                client.look(pipeline.bucket(), "killed at step \(steps)")
                try await pipeline.expectAnnouncedCanBeFetched(since: feedStart, "killed at step \(steps)")
                try await client.wait(minutes: 3, pipeline.store)
                if !lifeline.isCut, steps > 30 { break }
                kills += 1
            }
            #expect(kills > 30)
            pipeline.settings.stages.hasProviderTree = true
            for _ in 1...3 {
                try await client.wait(minutes: 12, pipeline.store)
                try await pipeline.settle()
            }
            try pipeline.expectTreeIsWhole("at last")
            #expect(
                pipeline.treeFiles.count == Set(pipeline.bucket().keys.compactMap { DocumentName(path: $0)?.package })
                    .count + 1
            )
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
        }
    }
}

extension Pipeline {
    /// What `update` does to a document.
    func publish(_ text: String, at path: String) async throws {
        let blob = Blob(of: Array(text.utf8))
        _ = try await self.store.engine.write { session in
            var references = BlobReferences()
            _ = try Store.setContents([(path, nil, blob)], references: &references, run: 1, session)
            try references.write(session)
        }
    }
}
