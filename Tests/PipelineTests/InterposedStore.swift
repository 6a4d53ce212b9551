import ObjectStorage
import Synchronization

/// A bucket that does something right before an upload, or right after it took effect and before the client hears of it;
/// or when it is asked whether it can be used, or keeps conditions.
final class InterposedStore: ObjectStore {
    private let store: any ObjectStore
    private let key: String
    private let isBefore: Bool
    private let refusesDelete: Bool
    private let whenChecked: @Sendable () async throws -> Void
    private let whenProbed: @Sendable () async throws -> Void
    private let action: Mutex<(@Sendable () async throws -> Void)?>

    /// - Parameters:
    ///   - refusesDelete: Whether `key` can't be deleted.
    ///   - action: Called once, at the first upload of `key`.
    ///   - check: Called when it is asked whether it can be used.
    ///   - probe: Called when it is tried out whether conditions are kept.
    init(
        _ store: any ObjectStore,
        key: String,
        isBefore: Bool = false,
        refusesDelete: Bool = false,
        action: @escaping @Sendable () async throws -> Void = {},
        check: @escaping @Sendable () async throws -> Void = {},
        probe: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.store = store
        self.key = key
        self.isBefore = isBefore
        self.refusesDelete = refusesDelete
        self.whenChecked = check
        self.whenProbed = probe
        self.action = Mutex(action)
    }

    var description: String { self.store.description }

    func put(_ object: ObjectUpload) async throws -> ObjectVersion {
        guard object.key == self.key else { return try await self.store.put(object) }
        let action = self.action.withLock { action in
            defer { action = nil }
            return action
        }
        if self.isBefore { try await action?() }
        let version = try await self.store.put(object)
        if !self.isBefore { try await action?() }
        return version
    }

    func delete(_ key: String) async throws { try await self.store.delete(key) }
    func head(_ key: String) async throws -> ObjectVersion? { try await self.store.head(key) }
    func get(_ key: String, maxBytes: Int) async throws -> (bytes: [UInt8], version: ObjectVersion)? {
        try await self.store.get(key, maxBytes: maxBytes)
    }
    func deleteMany(_ keys: [String]) async throws -> [String: ObjectStoreError] {
        guard keys.contains(self.key), self.refusesDelete else { return try await self.store.deleteMany(keys) }
        var failed = try await self.store.deleteMany(keys.filter { $0 != self.key })
        failed[self.key] = ObjectStoreError(
            code: .serverError,
            operation: .delete,
            key: self.key,
            store: self.description,
            message: "refused by the test",
            remedy: nil
        )
        return failed
    }
    func list(prefix: String, continuing token: String?) async throws -> ObjectPage {
        try await self.store.list(prefix: prefix, continuing: token)
    }
    func check() async throws {
        try await self.whenChecked()
        try await self.store.check()
    }
    func detectConditions() async throws -> Bool {
        try await self.whenProbed()
        return try await self.store.detectConditions()
    }
}
