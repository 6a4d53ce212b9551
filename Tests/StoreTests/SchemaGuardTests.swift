import Composer
import Dispatch
import Facts
import Foundation
import Logging
import Store
import TestSupport
import Testing

/// Two versions of this program at work on one database.
@Suite struct SchemaGuardTests {
    private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// The database as a later version knows it, which remembers what it found when it migrated.
    private func newer(_ store: Store) -> Store {
        let future: Schema.Migration = (
            9_999, "future",
            [
                "CREATE TABLE future (number INTEGER)",
                "INSERT INTO settings (key, value) SELECT 'found', value FROM settings WHERE key = 'written'",
            ]
        )
        return Store(engine: store.engine, migrations: Schema.migrations + [future])
    }

    /// All rows of what a stage writes.
    private func rows(_ store: Store) async throws -> [[SQLValue]] {
        try await store.engine.read { session in
            var rows: [[SQLValue]] = []
            for table in [
                "packages", "package_leases", "objects", "object_leases", "stamps", "sources", "pipeline_runs",
                "settings", "downloads", "log_facts",
            ] {
                rows += try session.rows(SQLStatement(unsafe: "SELECT * FROM \(table) ORDER BY 1, 2"))
                    .map(\.values)
            }
            return rows
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what a worker holds when a newer version migrates is neither written back nor added to`(
        _ database: TestDatabase
    ) async throws {
        try await database.with(connections: 2) { stores in
            let store = stores[0]
            let run = try await store.discover(["akismet", "due", "hello-dolly", "jetpack"])
            let claims = try await store.claim(3)
            try await store.publish(claims[0], "published")
            let documents = try await store.claimDocuments()
            try await store.publish(claims[1], "not yet claimed")
            _ = try await store.leaseSource(Store.source, run: run, leaseMilliseconds: 86_400_000)
            try await self.newer(stores[1]).migrate(logger: self.logger)
            let before = try await self.rows(store)

            let writes: [(name: String, write: () async throws -> Void)] = [
                ("beginRun", { _ = try await store.beginRun(.sync, worker: "test", version: "test") }),
                ("heartbeat", { try await store.heartbeat(run: run, counters: ["asked": 1]) }),
                ("renewLeases", { try await store.renewLeases(run: run, leaseMilliseconds: 90_000_000) }),
                ("finishRun", { try await store.finishRun(run, as: .succeeded, consumed: [], counters: [:]) }),
                ("leaseSource", { _ = try await store.leaseSource("other", run: run, leaseMilliseconds: 1) }),
                ("recordLog", { try await store.discover(["new"], revision: 2) }),
                ("releaseSource", { try await store.releaseSource(Store.source, run: run) }),
                (
                    "claimDue",
                    { _ = try await store.claimDue(source: Store.source, limit: 9, run: run, leaseMilliseconds: 1) }
                ),
                ("finish", { _ = try await store.publish(claims[2], "late") }),
                ("fail", { try await store.fail([(claims[2], "late", 1)], run: run) }),
                ("returnPackages", { try await store.returnPackages(run: run) }),
                ("makeDue", { _ = try await store.makeDue(ids: nil) }),
                (
                    "setRootDocument",
                    { _ = try await store.setRootDocument(path: "packages.json", content: Blob(of: [1]), run: run) }
                ),
                (
                    "claimDirty",
                    {
                        _ = try await store.claimDirty(
                            kind: .document,
                            limit: 9,
                            run: run,
                            leaseMilliseconds: 1
                        )
                    }
                ),
                ("stampDeployed", { _ = try await store.stampDeployed(documents.map(\.stamp), run: run) }),
                ("returnDocuments", { try await store.returnDocuments(run: run) }),
                ("markForUpload", { _ = try await store.markForUpload(paths: nil) }),
                ("addDownloads", { try await store.addDownloads(["wp-plugin/akismet": 1]) }),
                ("setSetting", { try await store.setSetting("key", to: "value") }),
                ("cleanUp", { _ = try await store.cleanUp() }),
            ]
            let known = try #require(Schema.migrations.last?.number)
            for (name, write) in writes {
                await #expect(throws: StoreError.schemaMoved(found: 9_999, known: known), "\(name)") {
                    try await write()
                }
            }
            #expect(try await self.rows(store) == before)
        }
    }

    /// In SQLite writers take turns anyway.
    @Test func `a migration waits for who is writing, and finds what that wrote`() async throws {
        try await TestDatabase.postgres.with(connections: 3) { stores in
            let (written, mayEnd) = await Self.write(stores[0])
            let newer = self.newer(stores[1])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await newer.migrate(logger: self.logger)
                    mayEnd.signal()
                }
                group.addTask {
                    while try await !Self.someoneWaits(stores[2]) { try Task.checkCancellation() }
                    mayEnd.signal()
                }
                // Whichever comes first; without a lock that is the migration.
                _ = try await group.next()
                _ = try await written.value
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .failure(let error) = result, !(error is CancellationError) { throw error }
                }
            }
            #expect(try await stores[2].setting("found") == "before")
        }
    }

    /// One database may hold many schemas: all of them would wait for each other, and give up after half a minute.
    @Test func `a migration does not wait for one of another schema`() async throws {
        try await TestDatabase.postgres.with(connections: 3) { stores in
            let (written, mayEnd) = await Self.write(stores[0])
            let newer = self.newer(stores[1])
            let migrated = Task { try await newer.migrate(logger: self.logger) }
            while try await !Self.someoneWaits(stores[2]) {}
            let hasWaited = try await TestDatabase.postgres.withEmpty { url in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    group.addTask {
                        _ = try await Store.open(url: url, logger: self.logger)
                        return false
                    }
                    group.addTask {
                        let role = try #require(URLComponents(string: url)?.user)
                        while try await !Self.waits(role, stores[2]) { try Task.checkCancellation() }
                        mayEnd.signal()
                        return true
                    }
                    let hasWaited = try await group.next()
                    group.cancelAll()
                    while await group.nextResult() != nil {}
                    return hasWaited
                }
            }
            #expect(hasWaited == false)
            mayEnd.signal()
            _ = try await (written.value, migrated.value)
        }
    }

    /// Whether the role waits for a lock that is no table's.
    private static func waits(_ role: String, _ store: Store) async throws -> Bool {
        try await store.engine.read { session in
            let count = try session.rows(
                """
                SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
                WHERE NOT granted AND locktype = 'advisory' AND usename = \(role)
                """
            )
            return try count[0].integer(0) > 0
        }
    }

    /// Begins to write, and ends once it may.
    private static func write(_ store: Store) async -> (written: Task<Int, any Error>, mayEnd: DispatchSemaphore) {
        let (isWriting, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let written = Task {
            try await store.engine.write { session in
                isWriting.signal()
                mayEnd.wait()
                return try session.execute("INSERT INTO settings (key, value) VALUES ('written', 'before')")
            }
        }
        await isWriting.signalled()
        return (written, mayEnd)
    }

    /// Whether somebody waits for a lock of the table of migrations.
    private static func someoneWaits(_ store: Store) async throws -> Bool {
        try await store.engine.read { session in
            let count = try session.rows(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = to_regclass('schema_migrations')"
            )
            return try count[0].integer(0) > 0
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `where a backup was restored meanwhile nothing is written either, and the next run migrates it`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let known = try #require(Schema.migrations.last?.number)
            _ = try await store.engine.write { session in
                try session.execute("UPDATE schema_migrations SET number = -number")
            }
            let error = await #expect(throws: StoreError.self) { try await store.setSetting("key", to: "value") }
            guard case .schemaMoved(_, known) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(error?.wantsNewerBuild == false)
            #expect(StoreError.schemaMoved(found: known + 1, known: known).wantsNewerBuild)
        }
    }
}
