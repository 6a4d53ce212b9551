import ObjectStorage
import Store
import Synchronization

/// A process that is killed at a chosen step: from then on nothing that it does reaches the database or the bucket.
///
/// Steps are the moments between which the world can see a difference: before and after each commit, before and after
/// each upload and each delete took effect.
final class Lifeline: Sendable {
    struct Killed: Error {}

    private let remaining: Atomic<Int>

    init(steps: Int) { self.remaining = Atomic(steps) }

    var isCut: Bool { self.remaining.load(ordering: .sequentiallyConsistent) < 0 }

    func step() throws {
        if self.remaining.subtract(1, ordering: .sequentiallyConsistent).newValue < 0 { throw Killed() }
    }

    func checkAlive() throws { if self.isCut { throw Killed() } }
}

/// A database as a process that is killed sees it.
struct MortalEngine: SQLEngine {
    let engine: any SQLEngine
    let lifeline: Lifeline

    var dialect: SQLDialect { self.engine.dialect }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        try self.lifeline.checkAlive()
        return try await self.engine.read(body)
    }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        let result = try await self.engine.write { session in
            try self.lifeline.checkAlive()
            let result = try body(session)
            // Killed here, nothing is committed.
            try self.lifeline.step()
            return result
        }
        // Killed here, it is committed and nobody knows.
        try self.lifeline.step()
        return result
    }

    func sizeInBytes() async throws -> Int64 { try await self.engine.sizeInBytes() }
}

/// A bucket as a process that is killed sees it.
struct MortalStore: ObjectStore {
    let store: any ObjectStore
    let lifeline: Lifeline

    var description: String { self.store.description }

    private func effect<Result: Sendable>(_ operation: () async throws -> Result) async throws -> Result {
        try self.lifeline.step()
        let result = try await operation()
        try self.lifeline.step()
        return result
    }

    func put(_ object: ObjectUpload) async throws -> ObjectVersion {
        try await self.effect { try await self.store.put(object) }
    }

    func delete(_ key: String) async throws { try await self.effect { try await self.store.delete(key) } }

    func head(_ key: String) async throws -> ObjectVersion? {
        try self.lifeline.checkAlive()
        return try await self.store.head(key)
    }

    func get(_ key: String, maxBytes: Int) async throws -> (bytes: [UInt8], version: ObjectVersion)? {
        try self.lifeline.checkAlive()
        return try await self.store.get(key, maxBytes: maxBytes)
    }

    func deleteMany(_ keys: [String]) async throws -> [String: ObjectStoreError] {
        try await self.effect { try await self.store.deleteMany(keys) }
    }

    func list(prefix: String, continuing token: String?) async throws -> ObjectPage {
        try self.lifeline.checkAlive()
        return try await self.store.list(prefix: prefix, continuing: token)
    }

    func check() async throws { try self.lifeline.checkAlive() }

    func detectConditions() async throws -> Bool {
        try self.lifeline.checkAlive()
        return try await self.store.detectConditions()
    }
}
