import Facts
import Store
import TestSupport
import Testing

/// Stamps of objects that were published again since.
@Suite struct SupersededStampTests {
    private static let slugs = (0..<30).map { "plugin-\($0)" }

    /// How many were forgotten, until there is nothing to look at.
    private func forget(_ store: Store, least: Int, among count: Int = 2_000) async throws -> Int {
        var forgotten = 0
        while let step = try await store.forgetSupersededStamps(least: least, among: count) { forgotten += step }
        return forgotten
    }

    /// What anybody may ask of what was published.
    private struct Answers: Equatable {
        var feeds: [Feed] = []
        var published: [[String]] = []
        var changes: [String] = []
    }

    private func answers(_ store: Store, since start: Int64, runs: [RunID]) async throws -> Answers {
        var answers = Answers()
        let last = try await store.feedTimestamp()
        let positions = try await store.changes(limit: 1_000).compactMap(\.feedPosition)
        for position in [start, last] + positions + positions.map({ $0 + 1 }) {
            answers.feeds.append(try await store.feed(since: position))
        }
        for run in runs { answers.published.append(try await store.documentPaths(run: run, packages: nil)) }
        answers.changes = try await store.changes(limit: 1_000).map(\.path)
        return answers
    }

    @Test(arguments: TestDatabase.allCases)
    func `stamps that count for nothing any more are forgotten, and nobody is told anything else`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let start = try await store.feedTimestamp()
            var runs: [RunID] = []
            try await store.change(Self.slugs, "first", revision: 1)
            runs.append(try await store.syncDocuments())
            // News of some, an upload of all that is none, one that is gone, and one that comes back.
            try await store.change(Array(Self.slugs[0..<12]), "second", revision: 2)
            runs.append(try await store.syncDocuments())
            try await store.change(Array(Self.slugs[4..<6]), nil, revision: 3)
            runs.append(try await store.syncDocuments())
            try await store.change([Self.slugs[4]], "third", revision: 4)
            runs.append(try await store.syncDocuments())
            #expect(try await store.markForUpload(paths: nil) == 29)
            runs.append(try await store.syncDocuments())
            let before = try await self.answers(store, since: start, runs: runs)
            #expect(before.published.map(\.count) == [0, 0, 1, 0, 29])
            #expect(before.changes.count == 30)
            #expect(try await store.stampCount() == 30 + 12 + 2 + 1 + 29)

            // All that are announced, and the last upload of 29; one was deleted, and that is news and upload in one.
            #expect(try await self.forget(store, least: 1, among: 7) == 15)
            #expect(try await store.stampCount() == 30 + 29)
            #expect(try await self.answers(store, since: start, runs: runs) == before)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `the log is looked through where half as many objects were published again as it kept`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.change(Self.slugs, "first", revision: 1)
            try await store.syncDocuments()
            // What is new supersedes nothing.
            #expect(try await self.forget(store, least: 1) == 0)
            try await store.change(Array(Self.slugs[0..<9]), "second", revision: 2)
            try await store.syncDocuments()
            #expect(try await self.forget(store, least: 10) == 0)
            #expect(try await store.stampCount() == 39)
            #expect(try await self.forget(store, least: 9) == 9)
            #expect(try await store.stampCount() == 30)
            for revision in 3...5 as ClosedRange<Int64> {
                try await store.change(Array(Self.slugs[0..<6]), "\(revision)", revision: revision)
                try await store.syncDocuments()
                #expect(try await self.forget(store, least: 1) == (revision == 5 ? 18 : 0))
            }
            // Whoever asks next has nothing to do.
            #expect(try await self.forget(store, least: 1) == 0)
            #expect(try await store.stampCount() == 30)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a log that everything is rewritten in again and again does not grow`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            var most: Int64 = 0
            for revision in 1...12 as ClosedRange<Int64> {
                try await store.change(Self.slugs, "\(revision)", revision: revision)
                try await store.syncDocuments()
                most = max(most, try await store.stampCount())
                _ = try await self.forget(store, least: 10)
                #expect(try await store.stampCount() == 30)
            }
            #expect(most == 60)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `stamps of documents that are forgotten go too`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.change(["a", "b"], "first", revision: 1)
            try await store.syncDocuments()
            try await store.change(["a"], nil, revision: 2)
            try await store.syncDocuments()
            var retention = Store.Retention()
            retention.tombstones = .seconds(-60)
            #expect(try await store.cleanUp(retention).tombstones == 1)
            #expect(try await self.forget(store, least: 1) == 2)
            #expect(try await store.stampCount() == 1)
            #expect(try await store.changes(limit: 9).map(\.path) == ["p2/wp-plugin/b.json"])
        }
    }

    /// Enough for many steps, with what counts before, within and after them.
    private func fill(_ store: Store) async throws -> (kept: Int64, superseded: Int) {
        try await store.change(Self.slugs, "first", revision: 1)
        try await store.syncDocuments()
        for _ in 1...7 {
            _ = try await store.engine.write { session in
                try session.execute(
                    "INSERT INTO stamps (object_key, run, position) SELECT object_key, 1, NULL FROM stamps ORDER BY object_key"
                )
            }
        }
        try await store.change(Array(Self.slugs[0..<10]), "second", revision: 2)
        try await store.syncDocuments()
        let all = try await store.stampCount()
        #expect(all == 30 * 128 + 10)
        return (30, Int(all) - 30)
    }

    @Test(arguments: TestDatabase.allCases)
    func `a look goes on where it was stopped, and only while it has not come to the end`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let (kept, superseded) = try await self.fill(store)
            var forgotten = 0
            for _ in 1...3 {
                let step = try #require(try await store.forgetSupersededStamps(least: 10, among: 200))
                #expect(step < superseded / 4)
                forgotten += step
            }
            #expect(forgotten > 0)
            // Another process, to which nothing was superseded since.
            #expect(try await self.forget(store, least: 10, among: 200) == superseded - forgotten)
            #expect(try await store.stampCount() == kept)
            #expect(try await store.forgetSupersededStamps(least: 1) == nil)
            #expect(try await store.setting("stamps_kept") == "\(kept)")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `two who look at once forget each stamp once`(_ database: TestDatabase) async throws {
        try await database.with(connections: 2) { stores in
            let (kept, superseded) = try await self.fill(stores[0])
            let forgotten = try await withThrowingTaskGroup(of: Int.self) { group in
                for store in stores { group.addTask { try await self.forget(store, least: 10, among: 100) } }
                return try await group.reduce(0, +)
            }
            #expect(forgotten == superseded)
            #expect(try await stores[0].stampCount() == kept)
            #expect(try await stores[0].setting("stamps_kept") == "\(kept)")
        }
    }
}
