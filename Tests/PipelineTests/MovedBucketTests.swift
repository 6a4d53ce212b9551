import Command
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// The bucket is another one than the one that the database knows.
@Suite struct MovedBucketTests {
    @Test(arguments: TestDatabase.allCases)
    func `another bucket is noticed while nothing is dirty, and neither bucket is asked`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let elsewhere = pipeline.moved(to: "elsewhere")
            let rows = try await pipeline.rows()
            pipeline.sandbox.resetStatistics()
            var dry = StageOptions()
            dry.isDryRun = true
            for options in [StageOptions(), dry] {
                let refusal = await #expect(throws: GuardRefusal.self) { try await elsewhere.sync(options: options) }
                #expect("\(try #require(refusal))".contains("elsewhere"))
            }
            #expect(try await pipeline.sync().exit == .done)
            #expect(pipeline.sandbox.statistics.requests.isEmpty)
            #expect(try await pipeline.rows() == rows)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a folder is known by its whole path, and by the words in which it was noted before`(
        _ database: TestDatabase
    ) async throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.bucket = .directory(path: "\(root)/./public/")
            try await pipeline.round()
            #expect(try await pipeline.store.bucket() == "file:\(root)/public")
            try await pipeline.store.setSetting("bucket", to: "file:\(root)/./public/")
            #expect(try await pipeline.sync().exit == .done)
            pipeline.settings.stages.bucket = .directory(path: "\(root)/other")
            await #expect(throws: GuardRefusal.self) { try await pipeline.sync() }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a bucket that --force or a repair admits is filled with one request an object`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let full = pipeline.bucket()
            var forced = StageOptions()
            forced.isForced = true
            for (bucket, isRepair) in [("forced", false), ("repaired", true)] {
                let elsewhere = pipeline.moved(to: bucket)
                pipeline.sandbox.resetStatistics()
                let outcome = try await isRepair ? elsewhere.verify(repairs: true) : elsewhere.sync(options: forced)
                #expect(outcome.exit == .done)
                #expect(pipeline.sandbox.statistics.requests["s3-put"] == full.count, "\(bucket)")
                #expect(elsewhere.bucket(bucket) == full)
                #expect(try await elsewhere.sync().exit == .done)
                await #expect(throws: GuardRefusal.self) { try await pipeline.sync() }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what differs in the bucket is mended with one request, over what was seen`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let full = pipeline.bucket()
            for key in full.keys.sorted().prefix(4) {
                pipeline.sandbox.objects.plant(bucket: Pipeline.bucket, key: key, Array("{}".utf8))
            }
            for key in full.keys.sorted().dropFirst(4).prefix(3) {
                pipeline.sandbox.objects.lose(bucket: Pipeline.bucket, key: key)
            }
            pipeline.sandbox.resetStatistics()
            #expect(try await pipeline.moved(to: Pipeline.bucket).verify(repairs: true).exit == .done)
            #expect(pipeline.sandbox.statistics.requests["s3-put"] == 7)
            #expect(pipeline.bucket() == full)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a refusal changes nothing, whatever is forced`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let rows = try await pipeline.rows()
            var elsewhere = pipeline.moved(to: "elsewhere")
            elsewhere.settings.stages.conditions = .auto
            var forced = StageOptions()
            forced.isForced = true
            forced.packages = ["akismet"]
            await #expect(throws: GuardRefusal.self) { try await elsewhere.sync(options: forced) }
            #expect(try await pipeline.rows() == rows)
            // A repair that would delete much.
            for number in 0..<40 {
                let key = "p2/wp-plugin/nobody-\(number).json"
                pipeline.sandbox.objects.plant(bucket: "elsewhere", key: key, Array("{}".utf8))
            }
            await #expect(throws: GuardRefusal.self) { try await elsewhere.verify(repairs: true) }
            #expect(try await pipeline.rows() == rows)
            #expect(elsewhere.bucket("elsewhere").count == 40)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `--force on a bucket that can't be used leaves everything as it is`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let rows = try await pipeline.rows()
            pipeline.sandbox.fail(SandboxFault(.status(403), route: "s3-*"))
            var forced = StageOptions()
            forced.isForced = true
            await #expect(throws: (any Error).self) {
                try await pipeline.moved(to: "elsewhere").sync(options: forced)
            }
            #expect(try await pipeline.rows() == rows)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `--force on a folder that nobody can write leaves everything as it is`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var forced = StageOptions()
            forced.isForced = true
            // Rights are not what keeps root from writing there.
            var elsewhere = pipeline
            elsewhere.settings.stages.bucket = .directory(path: "/proc/packline")
            #expect(try await pipeline.discover().exit == .done)
            #expect(try await pipeline.update().exit == .done)
            await #expect(throws: ObjectStoreError.self) { try await elsewhere.sync(options: forced) }
            #expect(try await pipeline.store.bucket() == nil)
            #expect(try await pipeline.sync().exit == .done)
            let rows = try await pipeline.rows()
            await #expect(throws: ObjectStoreError.self) { try await elsewhere.sync(options: forced) }
            #expect(try await pipeline.rows() == rows)
            #expect(try await pipeline.sync().exit == .done)
        }
    }
}

extension Pipeline {
    /// The same pipeline with another bucket, of which it is known that it keeps conditions.
    func moved(to bucket: String) -> Pipeline {
        var moved = self
        moved.settings.stages.bucket = .s3(bucket: bucket, prefix: "")
        moved.settings.stages.conditions = .on
        return moved
    }
}
