import Composer
import Facts
import ObjectStorage
import Pipeline
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing

/// P22: how much of what is uploaded is in memory at once.
@Suite struct UploadSliceTests {
    private static let bytesTogether = 1 << 20

    /// A bucket that knows how many bytes are on their way to it.
    private struct Scales: ObjectStore {
        final class Weight: Sendable {
            private let state = Mutex((now: 0, most: 0, puts: 0))

            var most: Int { self.state.withLock { $0.most } }
            var puts: Int { self.state.withLock { $0.puts } }
            func add(_ bytes: Int) {
                self.state.withLock { state in
                    state.now += bytes
                    state.most = max(state.most, state.now)
                    state.puts += bytes > 0 ? 1 : 0
                }
            }
        }

        let store: any ObjectStore
        let weight: Weight

        var description: String { self.store.description }

        func put(_ object: ObjectUpload) async throws -> ObjectVersion {
            self.weight.add(object.body.count)
            defer { self.weight.add(-object.body.count) }
            return try await self.store.put(object)
        }

        func delete(_ key: String) async throws { try await self.store.delete(key) }
        func deleteMany(_ keys: [String]) async throws -> [String: ObjectStoreError] {
            try await self.store.deleteMany(keys)
        }
        func head(_ key: String) async throws -> ObjectVersion? { try await self.store.head(key) }
        func get(_ key: String, maxBytes: Int) async throws -> (bytes: [UInt8], version: ObjectVersion)? {
            try await self.store.get(key, maxBytes: maxBytes)
        }
        func list(prefix: String, continuing token: String?) async throws -> ObjectPage {
            try await self.store.list(prefix: prefix, continuing: token)
        }
        func check() async throws { try await self.store.check() }
        func detectConditions() async throws -> Bool { try await self.store.detectConditions() }
    }

    /// Documents of so many bytes that no upstream has, dirty.
    private func publish(_ sizes: [String: Int], _ pipeline: Pipeline) async throws {
        for (name, size) in sizes {
            // Each has its own, and as the database has them they are small.
            let bytes = Array("{\"of\":\"\(name)\"}".utf8)
            try await pipeline.publish(
                String(decoding: bytes + Array(repeating: UInt8(ascii: " "), count: size - bytes.count), as: UTF8.self),
                at: DocumentName.main(of: name).path
            )
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P22: large documents are uploaded as many at once as there is room for, and one that is larger alone`(
        _ database: TestDatabase
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 1)) { pipeline in
            var pipeline = pipeline
            try await pipeline.round()
            let weight = Scales.Weight()
            pipeline.wrap = { Scales(store: $0, weight: weight) }
            pipeline.syncing.batchSize = 20
            pipeline.syncing.bytesTogether = Self.bytesTogether
            let names = (0..<64).map { "acme/large-\($0)" }
            try await self.publish(Dictionary(uniqueKeysWithValues: names.map { ($0, 300_000) }), pipeline)
            let outcome = try await pipeline.sync()
            #expect(outcome.exit == .done && outcome.counters[.objectsUploaded] == weight.puts)
            for name in names { #expect(pipeline.bucket()[DocumentName.main(of: name).path]?.count == 300_000) }
            #expect(weight.most <= 2 * Self.bytesTogether)

            let large = 3 * Self.bytesTogether
            try await self.publish(["acme/larger": large, "acme/small": 1_000], pipeline)
            #expect(try await pipeline.sync().exit == .done)
            #expect(pipeline.bucket()["p2/acme/larger.json"]?.count == large)
            #expect(pipeline.bucket()["p2/acme/small.json"]?.count == 1_000)
            #expect(weight.most == large, "it was there alone")
        }
    }
}
