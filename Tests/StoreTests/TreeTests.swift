import Composer
import Facts
import Store
import Synchronization
import TestSupport
import Testing

/// The v1 tree in the database, step by step.
@Suite struct TreeTests {
    private static let settings = ContentHash(of: Array("settings".utf8))
    private static let blob = Blob(of: Array("{}".utf8))

    /// Documents of packages become live.
    private func publish(_ names: [String], _ store: Store, text: String = "{}") async throws {
        _ = try await store.engine.write { session in
            var references = BlobReferences()
            let blob = Blob(of: Array(text.utf8))
            let objects = names.map { (DocumentName.main(of: $0).path, nil, blob) as Store.ObjectContent }
            _ = try Store.setContents(objects, references: &references, run: 1, session)
            try references.write(session)
        }
        try await self.stampAll(.document, store)
    }

    /// The same, and those of the tree.
    private func publishInTree(_ names: [String], _ store: Store) async throws {
        try await self.publish(names, store)
        try await store.beginTree()
        var place = ""
        while let (sources, last) = try await store.untold(after: place, limit: 500) {
            _ = try await store.tell(sources.map { TreeTelling($0, .document(Self.blob)) }, run: 1)
            place = last
        }
        try await self.stampAll(.listing, store)
    }

    private func stampAll(_ kind: ObjectKind, _ store: Store) async throws {
        let run = try await store.beginRun(.sync, worker: "test", version: "test")
        while true {
            let claimed = try await store.claimDirty(kind: kind, limit: 500, run: run, leaseMilliseconds: 86_400_000)
            if claimed.isEmpty { return }
            _ = try await store.stampDeployed(claimed.map(\.stamp), kind: kind, run: run)
        }
    }

    /// The names of the listings in the root.
    private func root(_ store: Store) async throws -> [String] {
        _ = try await store.deriveTreeRoot(under: Self.settings, run: 1) { listings in
            Array(listings.map(\.name).joined(separator: " ").utf8)
        }
        let root = try #require(try await store.document(at: TreeFile.rootKey))
        return String(decoding: try root.content.content(), as: UTF8.self).split(separator: " ").map(String.init)
    }

    @Test(arguments: TestDatabase.allCases)
    func `P19: while a group is being made two, the root names the listing of before`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let names = (0..<1_600).map { "many/p\($0)" }
            try await self.publishInTree(Array(names.prefix(1_400)), store)
            let all = try #require(try await store.changedGroup(after: -1))
            guard case .derived(true) = try await store.deriveListing(of: all, run: 1) else {
                Issue.record("the first listing")
                return
            }
            try await self.stampAll(.listing, store)
            #expect(try await self.root(store) == [all.listingName])

            try await self.publishInTree(Array(names.dropFirst(1_400)), store)
            guard case .split = try await store.deriveListing(of: all, run: 1) else {
                Issue.record("not split")
                return
            }
            // Another run may come to the root now, and at each step after this one.
            #expect(try await self.root(store) == [all.listingName])
            let (left, right) = try #require(all.halves)
            for half in [left, right] {
                #expect(try await store.changedGroup(after: half.first - 1) == half)
                guard case .derived(true) = try await store.deriveListing(of: half, run: 1) else {
                    Issue.record("a half")
                    return
                }
                #expect(try await self.root(store) == [all.listingName])
                if half == left { try await self.stampAll(.listing, store) }
                #expect(try await self.root(store) == [all.listingName])
            }
            try await self.stampAll(.listing, store)
            #expect(try await self.root(store) == [left.listingName, right.listingName])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P2: what goes live while the tree's document is derived is told of later`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.publish(["a/b", "a/c"], store)
            try await store.beginTree()
            let (read, _) = try #require(try await store.untold(after: "", limit: 10))
            #expect(read.map(\.name) == ["a/b", "a/c"])
            try await self.publish(["a/b"], store, text: "{\"packages\":[]}")
            #expect(try await store.tell(read.map { TreeTelling($0, .document(Self.blob)) }, run: 1) == 1)
            #expect(try await store.untold(after: "", limit: 10)?.sources.map(\.name) == ["a/b"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what was told otherwise and what was never told are told in one order, a page at a time`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.publishInTree(["a/b", "a/d", "a/f"], store)
            #expect(try await !store.isAnythingUntold())
            try await self.publish(["a/a", "a/c", "a/e"], store)
            #expect(try await store.isAnythingUntold())
            try await self.publish(["a/b", "a/f"], store, text: "{\"packages\":[]}")
            var pages: [[String]] = []
            var place = ""
            while let (sources, last) = try await store.untold(after: place, limit: 2) {
                pages.append(sources.map(\.name))
                place = last
            }
            #expect(pages == [["a/a", "a/b"], ["a/c", "a/e"], ["a/f"]])
            #expect(try await store.untold(after: "", limit: 10)?.sources.count == 5)
        }
    }

    /// Whoever uploads a document asks for it, however many there are.
    @Test(arguments: TestDatabase.allCases)
    func `what the tree has yet to say is found by the indexes of it`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let engine = stores[0].engine
            try await self.publishInTree((0..<500).map { "a/p\($0)" }, stores[0])
            try await engine.write { _ = try $0.execute("ANALYZE objects") }
            let sent = Mutex<[SQLStatement]>([])
            let store = Store(
                engine: WatchedEngine(engine, onStatement: { statement in sent.withLock { $0.append(statement) } })
            )
            #expect(try await !store.isAnythingUntold())
            #expect(try await store.untold(after: "p2/a/p", limit: 10) == nil)
            let words: SQLStatement =
                engine.dialect == .sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN (COSTS OFF) "
            let plans = try await engine.read { session in
                try sent.withLock { $0 }.filter { $0.rendered(for: engine.dialect).text.contains("FROM objects") }.map {
                    try session.rows("\(words)\($0)").map { row in
                        try row[engine.dialect == .sqlite ? "detail" : "QUERY PLAN"] as String
                    }.joined(separator: "\n")
                }
            }
            try #require(plans.count == 4)
            for (plan, index) in zip(plans, ["told_otherwise", "never_told", "told_otherwise", "never_told"]) {
                #expect(plan.contains("objects_\(index)"), "\(plan)")
                #expect(!plan.contains("Seq Scan"), "\(plan)")
            }
        }
    }

    /// SQLite writes to each index that a statement may concern, a page for each document of a large directory.
    @Test func `an upload leaves the index of what was never told alone`() async throws {
        try await TestDatabase.sqlite.with { stores in
            let engine = stores[0].engine
            let stamps = Mutex<[String]>([])
            let store = Store(
                engine: WatchedEngine(
                    engine,
                    onStatement: { statement in
                        let text = statement.rendered(for: .sqlite).text
                        if text.contains("SET deployed_hash") { stamps.withLock { $0.append(text) } }
                    }
                )
            )
            try await self.publish(["a/b"], store)
            let stamp = try #require(stamps.withLock { $0.first })
            let opened: Set<String> = try await engine.read { session in
                var names: [Int64: String] = [:]
                for row in try session.rows("SELECT name, rootpage FROM sqlite_schema WHERE type = 'index'") {
                    names[try row["rootpage"]] = try row["name"]
                }
                let program = try session.rows(
                    SQLStatement(unsafe: "EXPLAIN \(stamp.replacing(/\?[0-9]+/, with: "NULL"))")
                )
                return Set(
                    try program.filter { try $0["opcode"] == "OpenWrite" }.compactMap { names[try $0["p2"]] }
                )
            }
            // What waits, has failed or is gone: nothing in which each object that is live has a place of its own.
            #expect(
                opened == [
                    "objects_dirty", "objects_failed_run", "objects_failing", "objects_lost", "objects_told_otherwise",
                    "objects_tombstones",
                ]
            )
        }
    }
}
