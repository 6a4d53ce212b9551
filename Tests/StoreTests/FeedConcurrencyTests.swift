import Composer
import Facts
import Store
import Synchronization
import TestSupport
import Testing

/// P8: positions under many stampers and a follower that polls.
@Suite struct FeedConcurrencyTests {
    private static let writers = 8
    private static let packages = 5
    private static let changes = 12

    @Test(arguments: TestDatabase.allCases)
    func `P8: a polling follower misses no action of concurrent stampers, and is never ahead of the bucket`(
        _ database: TestDatabase
    ) async throws {
        try await database.with(connections: Self.writers + 1) { stores in
            let bucket = Bucket()
            let paths = try await self.documents(stores[0])
            let start = try await stores[0].feedTimestamp()
            async let following = self.follow(stores[0], from: start, bucket)
            // Also where a writer fails: the follower would go on for ever.
            defer { bucket.finish() }
            try await withThrowingTaskGroup(of: Void.self) { writers in
                for number in 0..<Self.writers {
                    let (store, paths) = (stores[number + 1], paths[number])
                    writers.addTask { try await self.write(store, number, paths, bucket) }
                }
                try await writers.waitForAll()
            }
            // What one changed while another was publishing it: nobody holds it any more.
            while try await stores[1].dirtyCount() != (0, 0) { try await self.publish(stores[1], run: 1, bucket) }
            bucket.finish()
            let follower = try await following
            #expect(follower.fetched == bucket.objects)
            #expect(follower.fetched.count == Self.writers * Self.packages)
            #expect(follower.missed.isEmpty)
            #expect(follower.positions == follower.positions.sorted())
            #expect(Set(follower.positions).count == follower.positions.count)
        }
    }

    private func follow(_ store: Store, from start: Int64, _ bucket: Bucket) async throws -> Follower {
        var follower = Follower(timestamp: start)
        while !bucket.isFinished { try await follower.poll(store, bucket) }
        try await follower.poll(store, bucket)
        return follower
    }

    /// Packages for each writer, each with a document that is live.
    private func documents(_ store: Store) async throws -> [[String]] {
        let slugs = (0..<Self.writers).map { writer in (0..<Self.packages).map { "p\(writer)-\($0)" } }
        try await store.discover(slugs.flatMap(\.self))
        for claim in try await store.claim() { try await store.publish(claim, "0") }
        _ = try await store.stampDeployed(try await store.claimDocuments().map(\.stamp), run: 1)
        return slugs.map { $0.map { "p2/wp-plugin/\($0).json" } }
    }

    /// Changes its documents again and again, and publishes whatever is dirty, its own or others'.
    private func write(_ store: Store, _ number: Int, _ paths: [String], _ bucket: Bucket) async throws {
        for change in 1...Self.changes {
            for path in paths { try await self.setContent(store, path, "\(change) of \(path)") }
            if number == 0, change == Self.changes / 2 { try await self.stepBack(store) }
            try await self.publish(store, run: RunID(Int64(number + 1)), bucket)
            if number < 2 { while try await store.forgetSupersededStamps(least: 1, among: 20) != nil {} }
        }
    }

    private func publish(_ store: Store, run: RunID, _ bucket: Bucket) async throws {
        let documents = try await store.claimDirty(
            kind: .document,
            limit: 7,
            run: run,
            leaseMilliseconds: 86_400_000
        )
        let blobs = try await store.contents(documents.compactMap(\.content))
        let contents = try documents.compactMap { document in
            try document.content.flatMap { blobs[$0] }.map {
                (document.path, String(decoding: try $0.content(), as: UTF8.self))
            }
        }
        for (path, text) in contents { bucket.put(path, text) }
        let late = try await store.stampDeployed(documents.map(\.stamp), run: run)
        #expect(late == 0)
        // What this writer stamped: by now another may have put newer content, whose stamp is still to come.
        for (path, text) in contents { bucket.stamped(path, text) }
    }

    private func setContent(_ store: Store, _ path: String, _ text: String) async throws {
        let blob = Blob(of: Array(text.utf8))
        _ = try await store.engine.write { session in
            try session.execute(
                """
                INSERT INTO blobs (hash, encoding, size, bytes)
                VALUES (\(blob.hash.bytes), 'identity', \(Int64(blob.size)), \(blob.bytes))
                """
            )
            try session.execute("UPDATE objects SET content_hash = \(blob.hash.bytes) WHERE key = \(path)")
        }
    }

    /// Gives a position an hour ahead, as if the clock had been there.
    private func stepBack(_ store: Store) async throws {
        _ = try await store.engine.write { session in
            try session.execute(
                """
                UPDATE settings SET value = CAST(CAST(value AS BIGINT) + 36000000 AS TEXT)
                WHERE key = 'feed_position'
                """
            )
        }
    }
}

/// What is live, and of which content the stamps are known to be committed.
private final class Bucket: Sendable {
    private struct State {
        var objects: [String: String] = [:]
        var stamped: [String: String] = [:]
        var isFinished = false
    }

    private let state = Mutex(State())

    var objects: [String: String] { self.state.withLock { $0.objects } }
    /// The newest content of each object whose stamp is committed.
    var stampedObjects: [String: String] { self.state.withLock { $0.stamped } }

    /// Whether nothing will change any more.
    var isFinished: Bool { self.state.withLock { $0.isFinished } }

    func finish() { self.state.withLock { $0.isFinished = true } }
    func put(_ path: String, _ text: String) { self.state.withLock { $0.objects[path] = text } }
    func stamped(_ path: String, _ text: String) {
        self.state.withLock { if version($0.stamped[path]) < version(text) { $0.stamped[path] = text } }
    }
}

/// Fetches what the feed names, and nothing else.
private struct Follower {
    var timestamp: Int64
    var fetched: [String: String] = [:]
    var positions: [Int64] = []
    /// Objects whose new content was announced before a poll that did not name them.
    var missed: [String] = []

    init(timestamp: Int64) { self.timestamp = timestamp }

    mutating func poll(_ store: Store, _ bucket: Bucket) async throws {
        let stamped = bucket.stampedObjects
        let feed = try await store.feed(since: self.timestamp)
        guard case .actions(let actions) = feed.answer else {
            self.missed.append("\(feed.answer)")
            return
        }
        for action in actions {
            let path = "p2/\(action.name).json"
            self.fetched[path] = bucket.objects[path]
        }
        self.positions += actions.map(\.position)
        self.timestamp = feed.timestamp
        self.missed += stamped.filter { version(self.fetched[$0.key]) < version($0.value) }.keys
    }
}

/// The number that content begins with.
private func version(_ text: String?) -> Int { text.flatMap { Int($0.prefix { $0 != " " }) } ?? 0 }
