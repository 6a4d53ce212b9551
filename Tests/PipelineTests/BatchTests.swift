import Pipeline
import Store
import Synchronization
import TestSupport
import Testing

/// How `sync` takes what is dirty.
@Suite struct BatchTests {
    /// How many batches are claimed and not yet stamped.
    private struct Batches {
        var (atWork, most, claimed) = (0, 0, 0)
    }

    @Test(arguments: TestDatabase.allCases)
    func `while batches are uploaded the next ones are claimed, and no more than are at work`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 9)) { pipeline in
            try await pipeline.discover()
            try await pipeline.update()
            let batches = Mutex(Batches())
            let engine = pipeline.store.engine
            let watched = WatchedEngine(
                engine,
                onStatement: { statement in
                    let text = statement.rendered(for: engine.dialect).text
                    batches.withLock { batches in
                        if text.contains("INSERT INTO object_leases") {
                            batches.atWork += 1
                            batches.claimed += 1
                            batches.most = max(batches.most, batches.atWork)
                        } else if text.contains("DELETE FROM object_leases") {
                            batches.atWork -= 1
                        }
                    }
                }
            )
            var syncing = Pipeline(
                sandbox: pipeline.sandbox,
                store: Store(engine: watched),
                settings: pipeline.settings
            )
            syncing.syncing.batchSize = 2
            // The first batch ends when another one was claimed beside it, or none is for 20 s.
            syncing.wrap = { store in
                InterposedStore(
                    store,
                    key: "p2/wp-plugin/plugin-0.json",
                    isBefore: true,
                    action: {
                        for _ in 0..<20_000 where batches.withLock({ $0.claimed }) < 2 {
                            try await Task.sleep(for: .milliseconds(1))
                        }
                    }
                )
            }
            #expect(try await syncing.sync().exit == .done)
            #expect(batches.withLock { $0.atWork } == 0)
            #expect(batches.withLock { $0.most } == 2)
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
            #expect(pipeline.bucket().count == 19)
        }
    }
}
