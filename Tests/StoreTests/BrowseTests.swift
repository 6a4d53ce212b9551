import Facts
import Store
import TestSupport
import Testing

@Suite struct BrowseTests {
    /// Packages of one source with title, installs and date.
    private func fill(_ store: Store, _ packages: [(slug: String, title: String?, installs: Int64?, updated: Int64?)])
        async throws
    {
        try await store.discover(packages.map(\.slug))
        let claims = Dictionary(uniqueKeysWithValues: try await store.claim().map { ($0.key, $0) })
        let results = try packages.map { package in
            PackageResult(
                claim: try #require(claims[package.slug]),
                state: package.slug.hasPrefix("closed") ? .closed : .active,
                format: 1,
                title: package.title,
                activeInstalls: package.installs,
                lastUpdatedMilliseconds: package.updated,
                isSettled: true,
                looks: 0,
                nextLook: .after(3_600_000)
            )
        }
        _ = try await store.finish(results, run: 1)
    }

    private func slugs(_ store: Store, _ change: (inout PackageQuery) -> Void) async throws -> [String] {
        var query = PackageQuery()
        query.state = .active
        change(&query)
        return try await store.packages(query).packages.map(\.key)
    }

    @Test(arguments: TestDatabase.allCases)
    func `packages are found by words of slug and title, and sorted`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.fill(
                store,
                [
                    ("akismet", "Anti-Spam", 6_000_000, 3), ("seo-tool", "SEO 100% \"Tool\"", 10, 5),
                    ("tool", nil, nil, nil),
                    ("z_tool", "Under_score", 10, 1), ("closed-tool", "Gone", 20, 9),
                ]
            )
            #expect(try await self.slugs(store) { _ in } == ["akismet", "seo-tool", "z_tool", "tool"])
            #expect(try await self.slugs(store) { $0.order = .updated } == ["seo-tool", "akismet", "z_tool", "tool"])
            #expect(try await self.slugs(store) { $0.order = .name } == ["akismet", "seo-tool", "tool", "z_tool"])
            #expect(try await self.slugs(store) { $0.words = ["SPAM", "aki"] } == ["akismet"])
            #expect(try await self.slugs(store) { $0.words = ["spam", "seo"] } == [])
            // Nothing in a word has a meaning of its own.
            #expect(try await self.slugs(store) { $0.words = ["%"] } == ["seo-tool"])
            #expect(try await self.slugs(store) { $0.words = ["_"] } == ["z_tool"])
            #expect(try await self.slugs(store) { $0.words = ["\""] } == ["seo-tool"])
            #expect(try await self.slugs(store) { $0.words = ["'; DROP TABLE packages; --"] } == [])
            #expect(try await self.slugs(store) { $0.state = .closed } == ["closed-tool"])
            #expect(try await self.slugs(store) { ($0.state, $0.words) = (nil, ["tool"]) }.count == 4)
            #expect(try await self.slugs(store) { $0.sources = ["wordpress-themes"] } == [])
            var page = PackageQuery()
            (page.limit, page.offset, page.order) = (2, 2, .name)
            let (packages, total) = try await store.packages(page)
            #expect(packages.map(\.key) == ["seo-tool", "tool"])
            #expect(total == 5)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a title of any length is kept and found by its beginning`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let title = "begin " + (0..<40_000).map { _ in String(UInt8.random(in: 97...122)) }.joined()
            try await self.fill(stores[0], [("long", title, 1, 1)])
            #expect(try await self.slugs(stores[0]) { $0.words = ["begin"] } == ["long"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a package tells its documents, with what is live`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let discover = try await store.discover(["akismet"], revision: 7)
            try await store.publish(try #require(try await store.claim().first), "first")
            let path = "p2/wp-plugin/akismet.json"
            func document() async throws -> ObjectState {
                let trail = try #require(try await store.trail(ofPackage: "\(Store.source)/akismet"))
                #expect(trail.changedRevision == 7)
                #expect(trail.settledRevision == 7)
                #expect(trail.discoveredBy?.run == discover)
                #expect(trail.objects.map(\.path) == [path])
                return try #require(trail.objects.first)
            }
            #expect(try await document().live == .nothing)
            #expect(try await document().isDirty)
            let claims = try await store.claimDocuments()
            #expect(try await document().live == .unknown)
            _ = try await store.stampDeployed(claims.map(\.stamp), run: 5)
            let live = try await document()
            #expect(live.live == live.contentHash.map { .content($0) })
            #expect(!live.isDirty)
            #expect(live.syncedBy?.run == 5)
            #expect(try await store.trail(ofPackage: "\(Store.source)/none") == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what consumed a run is found by its whole number`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let first = try await store.beginRun(.discover, worker: "test", version: "test")
            var runs: [RunID] = []
            for consumed in [
                [first], [first + 10, RunID(first.rawValue * 10 + 1)], [first + 5, first, first + 7], [],
            ] {
                let run = try await store.beginRun(.update, worker: "test", version: "test")
                try await store.finishRun(run, as: .succeeded, consumed: consumed, counters: [:])
                runs.append(run)
            }
            let found = try await store.consumers(of: first, stage: .update, limit: 10)
            #expect(found.map(\.id) == [runs[0], runs[2]])
            #expect(try await store.consumers(of: first, stage: .sync, limit: 10).isEmpty)
            #expect(
                try await store.runs(of: .update, as: .succeeded, before: runs[3], limit: 2).map(\.id) == [
                    runs[2], runs[1],
                ]
            )
            #expect(try await store.run(999_999) == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a run tells what it was the last to touch`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let discover = try await store.discover(["a", "b", "c"])
            for claim in try await store.claim() { try await store.publish(claim, claim.key) }
            let later = try await store.discover(["b"], revision: 2)
            let found = try await store.packages(touchedBy: discover, stage: .discover, limit: 1, offset: 1)
            #expect(found.packages.map(\.key) == ["c"])
            #expect(found.total == 2)
            #expect(try await store.packages(touchedBy: later, stage: .discover, limit: 9, offset: 0).total == 1)
            let documents = try await store.objects(touchedBy: 1, stage: .update, limit: 2, offset: 0)
            #expect(documents.objects.map(\.path) == ["p2/wp-plugin/a.json", "p2/wp-plugin/b.json"])
            #expect(documents.total == 3)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `the state and the census count what there is`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let empty = try await store.pipelineState()
            #expect(empty.sources.isEmpty)
            #expect(empty.stage(.sync)?.last == nil)
            #expect(try await store.census().oldestDirtyMilliseconds == nil)
            try await store.discover(["a", "b"])
            try await store.publish(try #require(try await store.claim(1).first), "text")
            let state = try await store.pipelineState()
            #expect(state.sources.first?.due == 1)
            #expect(state.dirtyDocuments == 1)
            #expect(state.documentsToDelete == 0)
            #expect(state.stage(.discover)?.last?.status == .running)
            #expect(state.stage(.discover)?.lastFinished == nil)
            let census = try await store.census()
            #expect(census.packages == [Store.source.rawValue: ["active": 1, "new": 1]])
            #expect(census.liveDocuments == 0)
            #expect(census.oldestDirtyMilliseconds != nil)
            #expect(try await store.schemaMismatch() == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `activity is told hour by hour`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let hour = try await store.now() / 3_600_000
            for (back, status, counters) in [
                (0, .succeeded, ["objects_uploaded": 3, "objects_deleted": 1]), (0, .failed, [:]),
                (2, .succeeded, ["documents_changed": 7, "documents_withdrawn": 2]), (50, .succeeded, [:]),
            ] as [(Int64, RunStatus, [Counter: Int])] {
                let run = try await store.beginRun(.sync, worker: "test", version: "test")
                try await store.finishRun(run, as: status, counters: counters)
                _ = try await store.engine.write { session in
                    try session.execute(
                        "UPDATE pipeline_runs SET started_at_ms = \((hour - back) * 3_600_000) WHERE id = \(run)"
                    )
                }
            }
            let activity = try await store.activity(sinceMilliseconds: (hour - 24) * 3_600_000)
            #expect(activity.map(\.hour) == [hour - 2, hour])
            #expect(activity.map(\.runs) == [1, 2])
            #expect(activity.map(\.runsFailed) == [0, 1])
            #expect(activity.map(\.documentsChanged) == [9, 0])
            #expect(activity.map(\.objectsPublished) == [0, 4])
        }
    }
}
