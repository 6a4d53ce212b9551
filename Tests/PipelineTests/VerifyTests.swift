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

/// P12: `sync verify` finds what is wrong in the bucket, and `--repair` mends it.
@Suite struct VerifyTests {
    @Test(arguments: TestDatabase.allCases)
    func `P12: missing, extra and differing objects are found, and mended when asked to`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let before = pipeline.bucket()
            #expect(try await pipeline.verify().exit == .done)

            try await pipeline.withBucket { objects in
                try await objects.delete("p2/wp-plugin/akismet.json")
                try await objects.delete("packages.json")
                _ = try await objects.put(ObjectUpload(key: "p2/wp-plugin/hello-dolly.json", bytes: Array("{}".utf8)))
                _ = try await objects.put(ObjectUpload(key: "p2/wp-plugin/nobody-knows.json", bytes: Array("{}".utf8)))
                _ = try await objects.put(ObjectUpload(key: "p2/notes.txt", bytes: Array("mine".utf8)))
                _ = try await objects.put(ObjectUpload(key: "other/file.json", bytes: Array("theirs".utf8)))
            }
            let found = try await pipeline.verify()
            #expect(found.exit == .failed)
            #expect(found.counters["objects_missing"] == 2)
            #expect(found.counters["objects_differing"] == 1)
            #expect(found.counters["objects_extra"] == 1)
            #expect(found.counters["objects_foreign"] == 1)
            #expect(found.notes.contains { $0.contains("p2/wp-plugin/akismet.json") })
            #expect(try await pipeline.store.dirtyCount() == (0, 0), "looking changes nothing")

            let mended = try await pipeline.verify(repairs: true)
            #expect(mended.exit == .done)
            #expect(mended.counters["objects_uploaded"] == 3)
            #expect(mended.counters["objects_deleted"] == 1)
            var expected = before
            expected["p2/notes.txt"] = Array("mine".utf8)
            expected["other/file.json"] = Array("theirs".utf8)
            #expect(pipeline.bucket() == expected)
            #expect(try await pipeline.verify().exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P12: bytes that rotted under the right ETag are found by a deep look only`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let before = pipeline.bucket()
            let key = "p2/wp-plugin/akismet.json"
            var rotten = try #require(before[key])
            rotten[rotten.count / 2] ^= 1
            let upload = ObjectUpload(key: key, bytes: rotten)
            // As if the store had kept the ETag of what it was given.
            try await pipeline.withBucket { objects in
                let version = try await objects.put(upload)
                _ = try await pipeline.store.engine.write { session in
                    try session.execute("UPDATE objects SET deployed_etag = \(version.etag) WHERE key = \(key)")
                }
            }
            #expect(try await pipeline.verify().exit == .done)
            let deep = try await pipeline.verify(isDeep: true)
            #expect(deep.counters["objects_differing"] == 1)
            #expect(try await pipeline.verify(isDeep: true, repairs: true).exit == .done)
            #expect(pipeline.bucket() == before)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P12: a database that knows little may not empty a bucket`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let full = pipeline.bucket()
            try await database.with { stores in
                var fresh = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
                fresh.settings.stages.only = try CuratedSet("akismet", sources: pipeline.settings.stages.sources)
                try await fresh.discover()
                try await fresh.update()
                await #expect(throws: GuardRefusal.self) { try await fresh.verify(repairs: true) }
                #expect(pipeline.bucket() == full)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P12: what another tool filled is recognised without uploading it again`(_ database: TestDatabase) async throws
    {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let full = pipeline.bucket()
            try await database.with { stores in
                let fresh = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
                try await fresh.discover(.fromTheStart)
                try await fresh.update()
                // The whole log was read, so that some documents say more than those in the bucket.
                let dirty = try await fresh.store.dirtyCount().uploads
                let outcome = try await fresh.verify(repairs: true)
                #expect(outcome.exit == .done)
                let adopted = try #require(outcome.counters["objects_adopted"])
                #expect(adopted > 0)
                #expect(outcome.counters["objects_uploaded"] == dirty - adopted + 1)
                #expect(pipeline.bucket().keys.sorted() == full.keys.sorted())
                #expect(try await fresh.verify(isDeep: true).exit == .done)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `another bucket than the known one is refused, and taken over by a repair`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            var moved = pipeline
            moved.settings.stages.bucket = .s3(bucket: "elsewhere", prefix: "new")
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.0"))
            try await pipeline.discover()
            try await pipeline.update()
            let refusal = await #expect(throws: GuardRefusal.self) { try await moved.sync() }
            #expect("\(try #require(refusal))".contains("sync verify --repair"))
            #expect(moved.bucket("elsewhere").isEmpty)

            #expect(try await moved.verify(repairs: true).exit == .done)
            try await pipeline.store.setSetting("bucket", to: "s3://packline at nowhere")
            #expect(moved.bucket("elsewhere").count == pipeline.bucket().count)
        }
    }
}

/// P10: a worker that slept beyond its lease does not overwrite what another has published meanwhile.
@Suite struct ZombieTests {
    @Test(arguments: TestDatabase.allCases)
    func `P10: a zombie's upload does not replace newer content`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("98.0"))
            try await pipeline.discover()
            try await pipeline.update()
            var zombie = pipeline
            zombie.wrap = { store in
                // It has claimed 98.0 and sleeps right before its upload; 99.0 is published meanwhile.
                InterposedStore(store, key: "p2/wp-plugin/akismet.json", isBefore: true) {
                    try await pipeline.endLeases()
                    try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.0"))
                    try await pipeline.discover()
                    try await pipeline.update()
                    try await pipeline.sync()
                    #expect(try pipeline.versions("wp-plugin/akismet")?.first == "99.0")
                }
            }
            let outcome = try await zombie.sync()
            #expect(outcome.counters["leases_lost"] == 1)
            #expect(try pipeline.versions("wp-plugin/akismet")?.first == "99.0")
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P10: a worker that died between its upload and its stamp is no obstacle`(_ database: TestDatabase)
        async throws
    {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let key = "p2/wp-plugin/akismet.json"
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("98.0"))
            try await pipeline.discover()
            try await pipeline.update()
            var dead = pipeline
            dead.wrap = { InterposedStore($0, key: key) { throw Lifeline.Killed() } }
            _ = try await dead.sync()
            // Content goes on meanwhile, so that the ETag in the bucket is one that nobody has recorded.
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.0"))
            try await pipeline.discover()
            try await pipeline.update()
            var again = StageOptions()
            again.isForced = true
            again.packages = ["akismet"]
            #expect(try await pipeline.sync(options: again).exit == .done)
            #expect(try pipeline.versions("wp-plugin/akismet")?.first == "99.0")
        }
    }
}

extension VerifyTests {
    @Test(arguments: TestDatabase.allCases)
    func `P12: a bucket without a root is of no use, whatever the database knows`(_ database: TestDatabase) async throws
    {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            for repairs in [false, true] {
                let outcome = try await pipeline.verify(repairs: repairs)
                #expect(outcome.exit == .failed)
                #expect(outcome.error?.contains("packages.json is not in s3://") == true)
            }
            try await pipeline.round()
            #expect(try await pipeline.verify().exit == .done)
        }
    }
}

extension Pipeline {
    func verify(
        isDeep: Bool = false,
        repairs: Bool = false,
        _ configure: (inout VerifyStage.Configuration) -> Void = { _ in }
    ) async throws -> StageOutcome {
        var settings = VerifyStage.Configuration()
        settings.isDeep = isDeep
        settings.repairs = repairs
        configure(&settings)
        let configuration = settings
        return try await self.run(.sync, StageOptions()) { context, connections in
            let objects = try self.objects(connections)
            return try await VerifyStage(
                context: context,
                configuration: configuration,
                objects: objects,
                sync: SyncStage(context: context, configuration: self.syncing, objects: objects)
            ).run()
        }
    }

    /// The bucket, to change it behind the pipeline's back.
    func withBucket<Result: Sendable>(_ body: (any ObjectStore) async throws -> Result) async throws -> Result {
        try await Connections.with(self.settings, concurrency: 4, logger: Self.logger) { try await body($0.objects()) }
    }
}
