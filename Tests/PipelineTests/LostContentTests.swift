import Command
import Composer
import Facts
import Logging
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// The database lost the bytes of a document, or holds others in their place.
@Suite struct LostContentTests {
    enum Loss: CaseIterable, Sendable { case missing, damaged }

    static func lose(_ path: String, _ loss: Loss, _ pipeline: Pipeline) async throws {
        _ = try await pipeline.store.engine.write { session in
            let hash = try session.rows("SELECT content_hash FROM objects WHERE key = \(path)")[0].blob(0)
            switch loss {
            case .missing: try session.execute("DELETE FROM blobs WHERE hash = \(hash)")
            case .damaged: try session.execute("UPDATE blobs SET bytes = \([1, 2, 3] as [UInt8]) WHERE hash = \(hash)")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases, Loss.allCases)
    func `documents whose bytes are lost are named and derived again, and the rest goes`(
        _ database: TestDatabase,
        _ loss: Loss
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.discover()
            try await pipeline.update()
            let path = "p2/wp-plugin/akismet.json"
            try await Self.lose(path, loss, pipeline)
            let dirty = try await pipeline.store.dirtyCount().uploads
            let outcome = try await pipeline.sync()
            #expect(outcome.exit == .partial)
            #expect(outcome.error?.contains(path) == true)
            #expect(outcome.counters["contents_lost"] == 1)
            // The root comes to the others.
            #expect(outcome.counters["objects_uploaded"] == dirty)

            pipeline.sandbox.resetStatistics()
            try await pipeline.update()
            // The stored payload is enough.
            #expect(pipeline.sandbox.statistics.upstreamRequests == 0)
            #expect(try await pipeline.sync().exit == .done)
            #expect(pipeline.text(path) != nil)
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
            #expect(try await pipeline.update().counters["packages_derived"] == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases, Loss.allCases)
    func `a root whose bytes are lost is derived again by the next run`(
        _ database: TestDatabase,
        _ loss: Loss
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            try await Self.lose("packages.json", loss, pipeline)
            _ = try await pipeline.store.markForUpload(paths: ["packages.json"])
            let outcome = try await pipeline.sync()
            #expect(outcome.exit == .partial)
            #expect(outcome.error?.contains("packages.json") == true)
            #expect(try await pipeline.sync().counters["objects_uploaded"] == 1)
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `where the payload is lost too, upstream is asked`(_ database: TestDatabase) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.discover()
            try await pipeline.update()
            let path = "p2/wp-plugin/akismet.json"
            try await Self.lose(path, .missing, pipeline)
            _ = try await pipeline.store.engine.write { session in
                try session.execute(
                    "DELETE FROM blobs WHERE hash IN (SELECT payload_hash FROM packages WHERE key = 'akismet')"
                )
            }
            #expect(try await pipeline.sync().exit == .partial)
            try await pipeline.update()
            try await pipeline.update()
            #expect(try await pipeline.sync().exit == .done)
            #expect(pipeline.text(path) != nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `without a bucket lost bytes make one run that says so, and not one each second`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.discover()
            try await pipeline.update()
            let path = "p2/wp-plugin/akismet.json"
            try await Self.lose(path, .missing, pipeline)
            let dirty = try await pipeline.store.dirtyCount().uploads
            let publisher = Publisher(
                store: pipeline.store,
                settings: pipeline.settings.stages,
                logger: Pipeline.logger
            )
            // The root comes to the others.
            #expect(try await publisher.publish() == dirty)
            // Its next try is half a minute away, at least; here as long as a slow machine may take.
            try await pipeline.store.engine.write { session in
                let moved = try session.execute(
                    "UPDATE objects SET due_at_ms = due_at_ms + 86400000 WHERE due_at_ms > \(.now) AND attempts > 0"
                )
                #expect(moved == 1)
            }
            #expect(try await publisher.publish() == 0)
            let runs = try await pipeline.store.runs(of: .sync, limit: 10)
            #expect(runs.map(\.status) == [.partial])
            #expect(runs.first?.error?.contains(path) == true)
            try await pipeline.update()
            #expect(try await publisher.publish() == 1)
            #expect(try await pipeline.store.dirtyCount() == (0, 0))
        }
    }
}
