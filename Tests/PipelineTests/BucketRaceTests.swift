import Command
import Composer
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// The bucket moves while others are at work, or while who moves it dies.
@Suite struct BucketRaceTests {
    private static let key = "p2/wp-plugin/akismet.json"
    private static let forced = {
        var options = StageOptions()
        options.isForced = true
        return options
    }()

    /// A package that has changed and waits for its upload.
    private func change(_ pipeline: Pipeline, _ slug: String, to tag: String) async throws {
        try pipeline.world.commit(.plugins, slug: slug, .tag(tag))
        try await pipeline.discover()
        try await pipeline.update()
    }

    @Test(arguments: TestDatabase.allCases, [false, true])
    func `what a worker uploads to the bucket of before is not noted as live in the new one`(
        _ database: TestDatabase,
        _ isRepair: Bool
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            try await self.change(pipeline, "akismet", to: "99.0")
            let elsewhere = pipeline.moved(to: "elsewhere")
            var before = pipeline
            before.wrap = { store in
                InterposedStore(store, key: Self.key, isBefore: true) {
                    // What it holds is left to it, until the bucket is another.
                    _ = try await isRepair ? elsewhere.verify(repairs: true) : elsewhere.sync(options: Self.forced)
                    try await self.change(pipeline, "hello-dolly", to: "99.0")
                }
            }
            let error = await #expect(throws: StoreError.self) { try await before.sync() }
            #expect("\(try #require(error))".contains("elsewhere"), "nor does it claim anything more")
            #expect(try await elsewhere.sync().exit == .done)
            #expect(try await elsewhere.verify(isDeep: true).exit == .done)
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what a worker holds when the bucket moves goes to the new one, though nobody has claimed it for that`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let elsewhere = pipeline.moved(to: "elsewhere")
            let name = try #require(try await pipeline.store.bucket())
                .replacing("s3://\(Pipeline.bucket) ", with: "s3://elsewhere ")
            try await self.change(pipeline, "akismet", to: "99.0")
            var before = pipeline
            before.wrap = { store in
                // As who moves it is killed right after that.
                InterposedStore(store, key: Self.key, isBefore: true) { try await pipeline.store.moveBucket(to: name) }
            }
            await #expect(throws: StoreError.bucketMoved(to: name)) { try await before.sync() }
            #expect(try await elsewhere.sync().exit == .done)
            #expect(elsewhere.bucket("elsewhere")[Self.key] == pipeline.bucket()[Self.key])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what was published to the bucket of before while the new one was compared is missing there`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            // With the same content but for one package.
            for (key, bytes) in pipeline.bucket() {
                pipeline.sandbox.objects.plant(bucket: "elsewhere", key: key, bytes)
            }
            try await self.change(pipeline, "akismet", to: "99.0")
            var elsewhere = pipeline.moved(to: "elsewhere")
            elsewhere.settings.stages.conditions = .auto
            elsewhere.wrap = { store in
                // Between the comparison and the repair.
                InterposedStore(store, key: "", probe: { _ = try await pipeline.sync() })
            }
            #expect(try await elsewhere.verify(repairs: true).exit == .done)
            #expect(elsewhere.bucket("elsewhere") == pipeline.bucket())
        }
    }

    @Test(arguments: TestDatabase.allCases, [false, true])
    func `of two that publish for the first time at once to two buckets, one is refused and changes nothing`(
        _ database: TestDatabase,
        _ isRepair: Bool
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.discover()
            try await pipeline.update()
            let elsewhere = pipeline.moved(to: "elsewhere")
            var late = pipeline
            late.settings.stages.conditions = isRepair ? .auto : .on
            // It has found no name noted, and notes its own after that.
            let publishElsewhere = { @Sendable in _ = try await elsewhere.sync() }
            late.wrap = { store in
                isRepair
                    ? InterposedStore(store, key: "", probe: publishElsewhere)
                    : InterposedStore(store, key: "", check: publishElsewhere)
            }
            await #expect(throws: GuardRefusal.self) {
                try await isRepair ? late.verify(repairs: true) : late.sync()
            }
            #expect(pipeline.bucket().isEmpty)
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
            #expect(try await elsewhere.verify(isDeep: true).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases, [false, true])
    func `P10: who moves the bucket is killed at any step, and whichever is known then can be filled`(
        _ database: TestDatabase,
        _ isRepair: Bool
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 3)) { pipeline in
            var pipeline = pipeline
            pipeline.syncing.batchSize = 2
            try await pipeline.round(.fromTheStart)
            let key = "p2/wp-plugin/plugin-0.json"
            var kills = 0
            for steps in 0..<1_000 {
                // There and back, and each time something waits for its upload that the other bucket has already.
                let (from, to) = steps % 2 == 0 ? (Pipeline.bucket, "elsewhere") : ("elsewhere", Pipeline.bucket)
                let (here, there) = (pipeline.moved(to: from), pipeline.moved(to: to))
                try await here.settleKnown(orElse: there)
                try await self.change(pipeline, "plugin-0", to: "99.\(steps)")
                let wanted = try await pipeline.wanted(key)
                pipeline.sandbox.objects.plant(bucket: to, key: key, wanted)
                let lifeline = Lifeline(steps: steps)
                let mortal = there.mortal(lifeline)
                _ = try? await isRepair ? mortal.verify(repairs: true) : mortal.sync(options: Self.forced)
                try await pipeline.endLeases()
                if !lifeline.isCut { break }
                kills += 1
                let known = try #require(try await pipeline.store.bucket())
                let survivor = known.hasPrefix("s3://\(to) ") ? there : here
                #expect(try await survivor.sync().exit == .done)
                #expect(try await survivor.verify(isDeep: true).exit == .done, "killed at step \(steps): \(known)")
            }
            #expect(kills > 10)
        }
    }
}

/// Documents are published by `serve`, and then to a bucket, or the other way round.
@Suite struct NoBucketTests {
    @Test(arguments: TestDatabase.allCases)
    func `what serve has published is not taken for what a bucket holds`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            let publisher = Publisher(
                store: pipeline.store,
                settings: pipeline.settings.stages,
                logger: Pipeline.logger
            )
            try await pipeline.discover()
            try await pipeline.update()
            #expect(try await publisher.publish() > 0)
            let refusal = await #expect(throws: GuardRefusal.self) { try await pipeline.sync() }
            #expect("\(try #require(refusal))".contains("sync --force"))
            // Noted by no build before.
            _ = try await pipeline.store.engine.write { try $0.execute("DELETE FROM settings WHERE key = 'bucket'") }
            await #expect(throws: GuardRefusal.self) { try await pipeline.sync() }
            #expect(try await pipeline.verify(repairs: true).exit == .done)
            #expect(try await pipeline.verify(isDeep: true).exit == .done)

            // And back: what serve publishes meanwhile, the bucket is without.
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.0"))
            try await pipeline.discover()
            try await pipeline.update()
            let dirty = try await pipeline.store.dirtyCount().uploads
            #expect(dirty > 0 && dirty < 5)
            #expect(try await publisher.publish() == dirty)
            await #expect(throws: GuardRefusal.self) { try await pipeline.sync() }
            var forced = StageOptions()
            forced.isForced = true
            #expect(try await pipeline.sync(options: forced).exit == .done)
            #expect(try pipeline.versions("wp-plugin/akismet")?.first == "99.0")
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what another serve holds, or held when it was killed, makes no runs that do nothing`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.discover()
            try await pipeline.update()
            let store = pipeline.store
            let run = try await store.beginRun(.sync, worker: "other", version: "test")
            let held = try await store.claimDirty(kind: .document, limit: 1_000, run: run, leaseMilliseconds: 3_600_000)
            #expect(!held.isEmpty)
            let publisher = Publisher(store: store, settings: pipeline.settings.stages, logger: Pipeline.logger)
            for _ in 1...3 { #expect(try await publisher.publish() == 0) }
            #expect(try await store.runs(of: .sync, limit: 10).map(\.id) == [run])
            try await pipeline.endLeases()
            #expect(try await publisher.publish() == held.count + 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P10: serve that is killed at any step while it publishes leaves nothing unpublished`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var kills = 0
            let feedStart = try await pipeline.store.feedTimestamp()
            for steps in 0..<100 {
                try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.\(steps)"))
                try await pipeline.discover()
                try await pipeline.update()
                let lifeline = Lifeline(steps: steps)
                let mortal = pipeline.mortal(lifeline)
                _ = try? await Publisher(store: mortal.store, settings: mortal.settings.stages, logger: Pipeline.logger)
                    .publish()
                try await pipeline.endLeases()
                if !lifeline.isCut { break }
                kills += 1
                _ = try await Publisher(
                    store: pipeline.store,
                    settings: pipeline.settings.stages,
                    logger: Pipeline.logger
                ).publish()
                #expect(try await pipeline.store.dirtyCount() == (0, 0))
            }
            #expect(kills > 5)
            guard case .actions(let actions) = try await pipeline.store.feed(since: feedStart).answer else {
                Issue.record("no actions")
                return
            }
            #expect(actions.map(\.name).contains("wp-plugin/akismet"))
            #expect(Set(actions.map(\.name)).count == actions.count)
        }
    }
}

extension Pipeline {
    /// The bytes that a document should have.
    fileprivate func wanted(_ path: String) async throws -> [UInt8] {
        try #require(try await self.store.document(at: path)).content.content()
    }

    /// This bucket becomes the known one, whichever that was.
    fileprivate func settleKnown(orElse other: Pipeline) async throws {
        if try await self.store.bucket()?.hasPrefix("s3://\(self.name) ") == true { return }
        #expect(try await self.verify(repairs: true).exit == .done)
    }

    private var name: String {
        guard case .s3(let bucket, prefix: _) = self.settings.stages.bucket else { return "" }
        return bucket
    }
}
