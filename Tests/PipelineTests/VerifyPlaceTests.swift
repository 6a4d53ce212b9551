import Command
import Facts
import ObjectStorage
import Pipeline
import Sandbox
import Store
import Synchronization
import TestSupport
import Testing

/// `sync verify` walks bucket and database in step, and goes on where it was stopped.
@Suite struct VerifyPlaceTests {
    private func verify(_ pipeline: Pipeline, _ store: PagedStore, restarts: Bool = false) async throws -> StageOutcome
    {
        var pipeline = pipeline
        pipeline.wrap = { store.over($0) }
        return try await pipeline.verify {
            $0.pagesAtOnce = 1
            $0.restarts = restarts
        }
    }

    private func withGaps(
        _ database: TestDatabase,
        _ body: (Pipeline, Int) async throws -> Void
    ) async throws {
        try await Pipeline.with(database, world: .builtIn) { pipeline in
            try await pipeline.round()
            let count = pipeline.bucket().count
            let gone = pipeline.bucket().keys.filter { $0.hasPrefix("p2/") }.sorted()
            try await pipeline.withBucket { objects in
                for key in [gone[0], gone[gone.count / 2], gone[gone.count - 1]] { try await objects.delete(key) }
            }
            try await body(pipeline, count)
        }
    }

    @Test(arguments: TestDatabase.allCases, PagedStore.Order.allCases)
    func `P12: what is missing is found whatever the order of the listing`(
        _ database: TestDatabase,
        _ order: PagedStore.Order
    ) async throws {
        try await self.withGaps(database) { pipeline, count in
            let outcome = try await self.verify(pipeline, PagedStore(order: order))
            #expect(outcome.counters["objects_missing"] == 3)
            #expect(outcome.counters["objects_listed"] == count - 3)
            #expect(outcome.counters["objects_extra"] == 0)
            #expect(outcome.counters["objects_differing"] == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P12: a comparison that was stopped goes on, with what it had found`(_ database: TestDatabase) async throws {
        try await self.withGaps(database) { pipeline, count in
            let pages = (count - 4 + PagedStore.pageSize - 1) / PagedStore.pageSize
            var asked = 0
            for stop in 1..<pages {
                let store = PagedStore(order: .byKey, pages: 1)
                await #expect(throws: (any Error).self, "page \(stop)") { _ = try await self.verify(pipeline, store) }
                asked += store.listed.withLock { $0 }
            }
            let last = PagedStore(order: .byKey)
            let outcome = try await self.verify(pipeline, last)
            #expect(last.listed.withLock { $0 } == 1)
            #expect(asked == pages - 1)
            #expect(outcome.counters["objects_missing"] == 3)
            #expect(outcome.counters["objects_listed"] == count - 3)
            // The next one is a new one.
            let next = PagedStore(order: .byKey)
            #expect(try await self.verify(pipeline, next).counters["objects_missing"] == 3)
            #expect(next.listed.withLock { $0 } == pages)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a comparison begins anew where that is asked for`(_ database: TestDatabase) async throws {
        try await self.withGaps(database) { pipeline, count in
            await #expect(throws: (any Error).self) {
                _ = try await self.verify(pipeline, PagedStore(order: .byKey, pages: 2))
            }
            let outcome = try await self.verify(pipeline, PagedStore(order: .byKey), restarts: true)
            #expect(outcome.counters["objects_listed"] == count - 3)
            #expect(outcome.counters["objects_missing"] == 3)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a comparison that was stopped more than a week ago begins anew`(_ database: TestDatabase) async throws {
        try await self.withGaps(database) { pipeline, count in
            await #expect(throws: (any Error).self) {
                _ = try await self.verify(pipeline, PagedStore(order: .byKey, pages: 2))
            }
            let text = try #require(try await pipeline.store.setting("verify_place"))
            let old = try #require(text.firstMatch(of: /"keptAtMilliseconds":(\d+)/))
            let kept = try #require(Int64(old.1))
            let before = text.replacing(old.0, with: "\"keptAtMilliseconds\":\(kept - 7 * 86_400_000 - 1)")
            try await pipeline.store.setSetting("verify_place", to: before)
            let store = PagedStore(order: .byKey)
            let outcome = try await self.verify(pipeline, store)
            #expect(store.listed.withLock { $0 } == (count - 4 + PagedStore.pageSize - 1) / PagedStore.pageSize)
            #expect(outcome.counters["objects_listed"] == count - 3)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a comparison begins anew where other keys are ours`(_ database: TestDatabase) async throws {
        try await self.withGaps(database) { pipeline, count in
            await #expect(throws: (any Error).self) {
                _ = try await self.verify(pipeline, PagedStore(order: .byKey, pages: 2))
            }
            var pipeline = pipeline
            pipeline.settings.stages.sources.removeLast()
            let store = PagedStore(order: .byKey)
            _ = try await self.verify(pipeline, store)
            #expect(store.listed.withLock { $0 } == (count - 4 + PagedStore.pageSize - 1) / PagedStore.pageSize)
        }
    }
}

/// A bucket with small pages, in an order of the test's choice, that can break off.
final class PagedStore: ObjectStore {
    enum Order: CaseIterable, Sendable { case byKey, backwards, byLength }

    static let pageSize = 7

    let listed = Mutex(0)
    private let order: Order
    private let pages: Int
    private let folder: String
    private let store: Mutex<any ObjectStore> = Mutex(DirectoryObjectStore(path: "nowhere"))

    /// - Parameters:
    ///   - pages: After so many the store is gone.
    ///   - folder: Whose pages are counted.
    init(order: Order, pages: Int = .max, of folder: String = "p2/") {
        self.order = order
        self.pages = pages
        self.folder = folder
    }

    func over(_ store: any ObjectStore) -> PagedStore {
        self.store.withLock { $0 = store }
        return self
    }

    private var inner: any ObjectStore { self.store.withLock { $0 } }

    var description: String { self.inner.description }
    var datesObjects: Bool { self.inner.datesObjects }

    func list(prefix: String, continuing token: String?) async throws -> ObjectPage {
        let isGone = self.listed.withLock { listed in
            if prefix != self.folder { return false }
            if listed == self.pages { return true }
            listed += 1
            return false
        }
        if isGone {
            throw ObjectStoreError(
                code: .unreachable,
                operation: .list,
                key: nil,
                store: self.description,
                message: "gone"
            )
        }
        let all = Mutex<[ListedObject]>([])
        try await self.inner.walk(prefix: prefix) { page in all.withLock { $0 += page.objects } }
        let objects = all.withLock { $0 }.sorted { left, right in
            let isBefore = left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
            return switch self.order {
            case .byKey: isBefore
            case .backwards: right.key.utf8.lexicographicallyPrecedes(left.key.utf8)
            case .byLength:
                left.key.utf8.count == right.key.utf8.count ? isBefore : left.key.utf8.count < right.key.utf8.count
            }
        }
        let start = token.flatMap { Int($0) } ?? 0
        let end = min(objects.count, start + Self.pageSize)
        return ObjectPage(objects: Array(objects[start..<end]), next: end < objects.count ? "\(end)" : nil)
    }

    func put(_ object: ObjectUpload) async throws -> ObjectVersion { try await self.inner.put(object) }
    func delete(_ key: String) async throws { try await self.inner.delete(key) }
    func deleteMany(_ keys: [String]) async throws -> [String: ObjectStoreError] {
        try await self.inner.deleteMany(keys)
    }
    func head(_ key: String) async throws -> ObjectVersion? { try await self.inner.head(key) }
    func get(_ key: String, maxBytes: Int) async throws -> (bytes: [UInt8], version: ObjectVersion)? {
        try await self.inner.get(key, maxBytes: maxBytes)
    }
    func check() async throws { try await self.inner.check() }
    func detectConditions() async throws -> Bool { try await self.inner.detectConditions() }
}
