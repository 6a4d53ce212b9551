import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// What is of no more use goes at the rate at which it comes, however seldom stages run.
@Suite struct CleanUpTests {
    /// As after everything was derived anew several times: blobs that nothing has named for a day.
    private static func leave(_ count: Int, in store: Store) async throws {
        let rows = (0..<count).map { number -> SQLParameters in
            let hash = (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 4 * 8)) }
            return ["hash": .blob(hash), "bytes": .blob([0])]
        }
        let day: Int64 = 86_400_000
        _ = try await store.engine.write { session in
            try session.execute(
                """
                INSERT INTO blobs (hash, encoding, size, bytes, refs)
                VALUES (\(named: "hash"), 'identity', 1, \(named: "bytes"), 0)
                """,
                each: rows
            )
            return try session.execute("UPDATE blobs SET unreferenced_at_ms = \(.now) - \(day) WHERE refs = 0")
        }
    }

    private static func unnamed(_ store: Store) async throws -> Int64 {
        try await store.engine.read { try $0.rows("SELECT count(*) FROM blobs WHERE refs = 0")[0].integer(0) }
    }

    @Test(arguments: TestDatabase.allCases, [Stage.update, .sync])
    func `one run that has work removes all that nothing names, and one without writes nothing`(
        _ database: TestDatabase,
        _ stage: Stage
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            func run() async throws -> StageOutcome {
                stage == .update ? try await pipeline.update() : try await pipeline.sync()
            }
            try await pipeline.discover()
            if stage == .sync { try await pipeline.update() }
            try await Self.leave(1_700, in: pipeline.store)
            let outcome = try await run()
            #expect(outcome.counters["blobs_removed"] == 1_700)
            #expect(try await Self.unnamed(pipeline.store) == 0)

            try await Self.leave(1_700, in: pipeline.store)
            #expect(try await run().counters["blobs_removed"] == nil)
            #expect(try await Self.unnamed(pipeline.store) == 1_700)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a run that has work forgets what was published again since, where there is much of it`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            let store = pipeline.store
            func count() async throws -> Int64 {
                try await store.engine.read { try $0.rows("SELECT count(*) FROM stamps")[0].integer(0) }
            }
            try await pipeline.discover()
            try await pipeline.update()
            try await pipeline.sync()
            let stamps = try await count()
            let known = try #require(try await store.runs(limit: 9).map(\.id).min())
            // As after ten thousand uploads by a run of before that is not forgotten.
            _ = try await store.engine.write { session in
                try session.execute(
                    "INSERT INTO stamps (object_key, run, position) SELECT object_key, \(known), NULL FROM stamps"
                )
            }
            try await store.setSetting("stamps_superseded", to: "9999")
            try await pipeline.sync()
            #expect(try await count() == 2 * stamps)
            #expect(try await store.markForUpload(paths: ["packages.json"]) == 1)
            try await pipeline.sync()
            #expect(try await count() == stamps)
        }
    }
}
