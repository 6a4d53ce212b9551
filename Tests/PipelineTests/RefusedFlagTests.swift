import Command
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// What is misspelt must not look like what had nothing to do.
@Suite struct RefusedFlagTests {
    private func options(_ packages: [String] = [], run: RunID? = nil, isDry: Bool = false) -> StageOptions {
        var options = StageOptions()
        options.packages = packages
        options.run = run
        options.isDryRun = isDry
        return options
    }

    @Test(arguments: TestDatabase.allCases)
    func `P14: each stage refuses a package and a run that are not in the database, by their names, once`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            for isDry in [false, true] {
                for (options, name) in [
                    (self.options(["nosuch"], isDry: isDry), "'nosuch'"),
                    (self.options(["akismet", "wp-plugin/nosuch"], isDry: isDry), "'wp-plugin/nosuch'"),
                    (self.options(run: 99_999, isDry: isDry), "99999"),
                ] {
                    for stage in [
                        { try await pipeline.discover(options: options) },
                        { try await pipeline.update(options: options) }, { try await pipeline.sync(options: options) },
                    ] {
                        let error = await #expect(throws: InvalidSettings.self) { _ = try await stage() }
                        #expect(
                            error?.description.components(separatedBy: name).count == 2,
                            "\(error?.description ?? "")"
                        )
                    }
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a run that touched nothing is known all the same`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let last = try #require(try await pipeline.store.runs(limit: 1).first?.id)
            try await pipeline.sync()
            let idle = try #require(try await pipeline.store.runs(limit: 1).first?.id)
            #expect(idle != last)
            #expect(try await pipeline.discover(options: self.options(run: idle)).exit == .done)
            #expect(try await pipeline.update(options: self.options(run: idle)).exit == .done)
            #expect(try await pipeline.sync(options: self.options(run: idle)).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what a limit leaves for later is not counted as not due`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.discover()
            var options = StageOptions()
            options.limit = 3
            let outcome = try await pipeline.update(options: options)
            #expect(outcome.counters[.packagesAsked] == 3 && (outcome.counters[.packagesNotDue] ?? 0) == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P6: a run in which packages failed names them and says why`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.discover()
            for slug in ["akismet", "hello-dolly"] {
                pipeline.sandbox.fail(SandboxFault(.malformedJSON, route: "plugins-api-*", pattern: slug))
            }
            let outcome = try await pipeline.update()
            let error = outcome.error ?? ""
            #expect(outcome.exit == .partial && error.hasPrefix("2 packages failed and will be tried again: "))
            #expect(error.contains("akismet: ") && error.contains("hello-dolly: "), "\(error)")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P6: where several sources do not answer, each is named`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.discover()
            for route in ["plugins-api-*", "themes-api-*"] {
                pipeline.sandbox.fail(SandboxFault(.status(503), route: route))
            }
            let outcome = try await pipeline.update()
            let error = outcome.error ?? ""
            #expect(outcome.exit == .partial)
            #expect(error.contains("wordpress-plugins did not answer"), "\(error)")
            #expect(error.contains("wordpress-themes did not answer"), "\(error)")
        }
    }
}
