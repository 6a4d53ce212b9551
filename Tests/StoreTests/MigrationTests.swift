import Facts
import Foundation
import Logging
import Store
import TestSupport
import Testing

@Suite struct MigrationTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    @Test func `processes that start at once on a new database all find it migrated`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = "sqlite:\(folder.appendingPathComponent("new.sqlite").path)"
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let store = try await Store.open(url: url, logger: self.logger)
                    _ = try await store.beginRun(.sync, worker: "test", version: "test")
                }
            }
            try await group.waitForAll()
        }
        let store = try await Store.open(url: url, logger: self.logger)
        #expect(try await store.runs(limit: 100).count == 8)
    }

    @Test(arguments: TestDatabase.allCases)
    func `a database of a newer build is refused by name and remedy`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            _ = try await stores[0].engine.write { session in
                try session.execute("INSERT INTO schema_migrations VALUES (9999, 'future', 0)")
            }
            let known = try #require(Schema.migrations.last?.number)
            let error = StoreError.newerDatabase(found: 9999, known: known)
            await #expect(throws: error) { try await stores[0].migrate(logger: self.logger) }
            #expect("\(error)".contains("run the newer build"))
        }
    }

    @Test func `a migration may take longer than any other statement`() async throws {
        try await TestDatabase.postgres.with { stores in
            let future: Schema.Migration = (
                9_999, "future",
                ["INSERT INTO settings (key, value) VALUES ('timeout', current_setting('statement_timeout'))"]
            )
            let newer = Store(engine: stores[0].engine, migrations: Schema.migrations + [future])
            try await newer.migrate(logger: self.logger)
            #expect(try await stores[0].setting("timeout") == "0")
        }
    }

    @Test func `migrations have rising numbers, each its own`() {
        let numbers = Schema.migrations.map(\.number)
        #expect(numbers.first == 1)
        #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func `a path that can't be opened and a URL of another kind are named with the remedy`() async throws {
        let other = await #expect(throws: StoreError.self) {
            _ = try await Store.open(url: "mysql://user:hush@x", logger: self.logger)
        }
        #expect(other?.description.contains("neither sqlite:PATH nor postgres://") == true)
        #expect(other?.description.contains("hush") == false)
        let error = await #expect(throws: StoreError.self) {
            _ = try await Store.open(url: "sqlite:/proc/nowhere/x.sqlite", logger: self.logger)
        }
        #expect(error?.description.contains("/proc/nowhere/x.sqlite") == true)
        #expect(error?.description.contains("writable") == true)
    }

    @Test(arguments: TestDatabase.allCases)
    func `a run whose worker vanished is marked as abandoned by the next one`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let lost = try await store.beginRun(.update, worker: "lost", version: "test")
            _ = try await store.engine.write { session in
                try session.execute("UPDATE pipeline_runs SET heartbeat_at_ms = 0 WHERE id = \(lost)")
            }
            let run = try await store.beginRun(.update, worker: "next", version: "test")
            try await store.finishRun(run, as: .succeeded, consumed: [3, 1], counters: ["asked": 2])
            let runs = try await store.runs(of: .update, limit: 10)
            #expect(runs.map(\.status) == [.succeeded, .abandoned])
            #expect(runs[0].consumed == [1, 3])
            #expect(runs[0].counters == ["asked": 2])
        }
    }
}
