import Facts
import Store
import TestSupport
import Testing

/// Changes that upstream numbers with nothing, and states that it has names for.
@Suite struct MarkTests {
    private func record(_ store: Store, _ records: [(key: String, mark: String?)]) async throws -> Int {
        let run = try await store.beginRun(.discover, worker: "test", version: "test")
        try #require(try await store.leaseSource(Store.source, run: run, leaseMilliseconds: 86_400_000) != nil)
        let marked = try await store.recordLog(
            records.map { PackageRecord(key: $0.key, revision: nil, mark: $0.mark, dateMilliseconds: nil) },
            source: Store.source,
            progress: .cursor(Position("c"), dateMilliseconds: nil, logFrom: Position("c")),
            run: run,
            leaseMilliseconds: 86_400_000
        )
        try await store.releaseSource(Store.source, run: run)
        return marked
    }

    @Test(arguments: TestDatabase.allCases)
    func `a record without number or mark is a change each time`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            for revision in 1...3 {
                #expect(try await self.record(store, [("a", nil)]) == 1)
                let claim = try #require(try await store.claim().first)
                #expect(claim.changedRevision == Int64(revision) && claim.mark == nil)
                try await store.publish(claim, "text")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a record with the mark that is known is no change, and one with another is`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            #expect(try await self.record(store, [("a", "one"), ("b", "one")]) == 2)
            for claim in try await store.claim() { try await store.publish(claim, "text") }
            #expect(try await self.record(store, [("a", "one"), ("b", "two")]) == 1)
            let claims = try await store.claim()
            #expect(claims.map(\.key) == ["b"] && claims.first?.mark == "two" && claims.first?.changedRevision == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `marks add up until an answer has settled them, and no further than is kept`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            _ = try await self.record(store, [("a", "+main@5#1")])
            _ = try await self.record(store, [("a", "+dev@6#2")])
            let claim = try #require(try await store.claim().first)
            #expect(claim.mark == "+main@5#1+dev@6#2")
            try await store.publish(claim, "text")
            _ = try await self.record(store, [("a", "+dev@7#3")])
            #expect(try await store.claim().first?.mark == "+dev@7#3")
            for number in 4...100 { _ = try await self.record(store, [("b", "+main@\(number)#\(number)")]) }
            let mark = try #require(try await store.claim().first { $0.key == "b" }?.mark)
            #expect(mark.utf8.count < 450 && mark.hasSuffix("+main@100#100"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what changes while it is asked about stays due`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            _ = try await self.record(store, [("a", "one")])
            let claim = try #require(try await store.claim().first)
            _ = try await self.record(store, [("a", "two")])
            try await store.publish(claim, "text")
            #expect(try await store.claim().first?.mark == "two")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what was gone is a change when it is told of again, also by the mark that it had`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            _ = try await self.record(store, [("a", "one"), ("b", "one")])
            for claim in try await store.claim() {
                let result = PackageResult(
                    claim: claim,
                    state: claim.key == "a" ? .missing : .active,
                    format: 1,
                    isSettled: true,
                    looks: 0,
                    nextLook: .never
                )
                _ = try await store.finish([result], run: 1)
            }
            #expect(try await self.record(store, [("a", "one"), ("b", "one")]) == 1)
            #expect(try await store.claim().map(\.key) == ["a"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `who is at work on a package when all of its source become due writes nothing of it`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["a"])
            let claim = try #require(try await store.claim().first)
            // It may have asked before what the restart stands for.
            #expect(try await store.makeDue(source: Store.source) == 1)
            #expect(try await store.publish(claim, "old").lost == 1)
            #expect(try await store.claim().map(\.key) == ["a"])
        }
    }

    @Test(arguments: TestDatabase.allCases, [1, 3, 100])
    func `all packages of a source become due, and those of no other`(
        _ database: TestDatabase,
        _ pageSize: Int
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.discover(["a", "b", "c", "d"])
            try await store.discover(["e"], source: "another")
            for claim in try await store.claim() + store.claim(source: "another") {
                try await store.publish(claim, "x")
            }
            #expect(try await store.makeDue(source: Store.source, pageSize: pageSize) == 4)
            #expect(try await store.claim(source: "another").isEmpty)
            #expect(try await store.claim().count == 4)
        }
    }
}
