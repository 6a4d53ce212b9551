import Command
import Composer
import Logging
import Pipeline
import Sandbox
import ServiceLifecycle
import Store
import TestSupport
import Testing

/// A newer version of this program migrates the database while processes of this one run.
@Suite struct TwoVersionsTests {
    private func migrate(
        _ url: String,
        by statement: SQLStatement = "ALTER TABLE packages ADD COLUMN future TEXT"
    ) async throws {
        let store = try await Store.open(url: url, logger: Pipeline.logger)
        let future: Schema.Migration = (9_999, "future", [statement])
        try await Store(engine: store.engine, migrations: Schema.migrations + [future]).migrate(logger: Pipeline.logger)
    }

    @Test(arguments: TestDatabase.allCases)
    func `a stage that runs in a loop ends with 1, and leaves its run to be abandoned`(
        _ database: TestDatabase
    ) async throws {
        try await database.withEmpty { url in
            let settings = try Settings(environment: ["PACKLINE_DATABASE_URL": url])
            let runner = StageRunner(
                stage: .update,
                settings: settings,
                options: StageOptions(),
                every: .milliseconds(1),
                logger: Pipeline.logger
            )
            // It would go on for ever.
            let exit = await runner.run { context in
                try await self.migrate(url)
                _ = try await context.store.makeDue(ids: nil)
                return StageOutcome()
            }
            #expect(exit == .failed)
            let again = await runner.run { _ in StageOutcome() }
            #expect(again == .failed, "it does not begin anew either")
            await #expect(throws: StoreError.self) { _ = try await Store.openForReading(url: url) }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `the publisher in serve publishes nothing more, and waits to be stopped`(_ database: TestDatabase) async throws
    {
        try await database.withEmpty { url in
            let store = try await Store.open(url: url, logger: Pipeline.logger)
            let run = try await store.beginRun(.update, worker: "test", version: "test")
            _ = try await store.setRootDocument(path: "packages.json", content: Blob(of: [1]), run: run)
            try await self.migrate(url)
            let known = try #require(Schema.migrations.last?.number)
            let publisher = Publisher(store: store, interval: .milliseconds(1), logger: Pipeline.logger)
            await #expect(throws: StoreError.schemaMoved(found: 9_999, known: known)) { try await publisher.publish() }

            let group = ServiceGroup(services: [publisher], logger: Pipeline.logger)
            async let ended: Void = group.run()
            await group.triggerGracefulShutdown()
            try await ended
            #expect(try await store.dirtyCount().uploads == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `the publisher in serve says once that it misses a column that a newer version has taken away`(
        _ database: TestDatabase
    ) async throws {
        try await database.withEmpty { url in
            let store = try await Store.open(url: url, logger: Pipeline.logger)
            try await self.migrate(url, by: "ALTER TABLE objects RENAME COLUMN due_at_ms TO future_at_ms")
            let log = RecordedLog()
            let publisher = Publisher(
                store: store,
                interval: .milliseconds(1),
                logger: Logger(label: "test") { _ in log }
            )
            let group = ServiceGroup(services: [publisher], logger: Pipeline.logger)
            async let ended: Void = group.run()
            while log.lines.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            // Time for many more.
            try await Task.sleep(for: .milliseconds(100))
            await group.triggerGracefulShutdown()
            try await ended
            #expect(log.lines.count == 1 && log.lines[0].hasPrefix("publishing failed"), "\(log.lines)")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a dry run in a database that is not there makes none`(_ database: TestDatabase) async throws {
        try await database.withEmpty { url in
            var options = StageOptions()
            options.isDryRun = true
            let runner = StageRunner(
                stage: .discover,
                settings: try Settings(environment: ["PACKLINE_DATABASE_URL": url]),
                options: options,
                every: nil,
                logger: Pipeline.logger
            )
            let exit = await runner.run { _ in StageOutcome() }
            #expect(exit == .failed)
            let error = await #expect(throws: StoreError.self) { _ = try await Store.openForReading(url: url) }
            guard case .noDatabase = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}
