import Command
import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// `packages.json`, without which there is no repository.
@Suite struct RootTests {
    @Test(arguments: TestDatabase.allCases, [ConditionMode.auto, .off])
    func `a store that answers 501 to conditions gets the whole repository`(
        _ database: TestDatabase,
        _ setting: ConditionMode
    ) async throws {
        var sandbox = SandboxSettings()
        sandbox.refusesConditions = true
        try await Pipeline.with(database, world: .builtIn, sandbox: sandbox) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.conditions = setting
            try await pipeline.discover()
            try await pipeline.update()
            #expect(try await pipeline.sync().exit == .done)
            #expect(pipeline.text("packages.json") != nil)
            try pipeline.world.commit(.plugins, slug: "akismet", .tag("99.0"))
            try await pipeline.round()
            #expect(try pipeline.versions("wp-plugin/akismet")?.first == "99.0")
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
            #expect(try await pipeline.verify(repairs: true).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a store that answers 501 where conditions are insisted on is told what to set`(
        _ database: TestDatabase
    ) async throws {
        var sandbox = SandboxSettings()
        sandbox.refusesConditions = true
        try await Pipeline.with(database, world: .builtIn, sandbox: sandbox) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.conditions = .on
            try await pipeline.discover()
            try await pipeline.update()
            let error = await #expect(throws: (any Error).self) { try await pipeline.sync() }
            #expect("\(try #require(error))".contains("PACKLINE_S3_CONDITIONS=off"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a root that is not there is missing for sync, verify and a repair until it is`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.discover()
            try await pipeline.update()
            // Nothing is live, which is what no root says: nobody can use it.
            #expect(try await pipeline.verify().exit == .failed)
            pipeline.sandbox.fail(SandboxFault(.status(400), route: "s3-put", pattern: "packages.json"))
            for _ in 1...3 {
                let outcome = try await pipeline.sync()
                #expect(outcome.exit == .partial)
                #expect(outcome.error?.contains("packages.json") == true)
            }
            let verified = try await pipeline.verify()
            #expect(verified.exit == .failed)
            #expect(verified.counters["objects_missing"] == 1)
            #expect(try await pipeline.verify(repairs: true).exit == .partial)
            pipeline.sandbox.clearFaults()
            // Its next try is some while ahead; a repair does not wait for it.
            #expect(try await pipeline.verify(repairs: true).exit == .done)
            #expect(pipeline.text("packages.json") != nil)
            #expect(try await pipeline.verify().exit == .done)
            #expect(try await pipeline.sync().exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P18: documents that fail for ever do not hold back the root`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            var pipeline = pipeline
            try await pipeline.discover()
            try await pipeline.update()
            pipeline.sandbox.fail(SandboxFault(.status(400), route: "s3-put", pattern: "p2/wp-plugin/akismet*"))
            let failed = try await pipeline.sync().counters["documents_failed"]
            #expect(failed == 2)
            pipeline.settings.stages.publicURL = "https://serve.example.org"
            // They are tried again in every run, and there is nothing else to upload.
            _ = try await pipeline.store.engine.write { session in
                try session.execute("UPDATE objects SET due_at_ms = 0 WHERE attempts > 0")
            }
            #expect(try await pipeline.sync().exit == .partial)
            #expect(pipeline.text("packages.json")?.contains("serve.example.org") == true)
        }
    }
}
