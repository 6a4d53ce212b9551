import Composer
import Store
import TestSupport
import Testing

/// P24: the date that a document is served with.
@Suite struct DocumentDateTests {
    private static let path = "p2/wp-plugin/akismet.json"

    private func change(_ store: Store, _ text: String?, revision: Int64) async throws {
        try await store.discover(["akismet"], revision: revision)
        try await store.publish(try #require(try await store.claim().first), text)
    }

    private func date(_ store: Store) async throws -> Int64 {
        try #require(try await store.document(at: Self.path)).lastModifiedSeconds
    }

    @Test(arguments: TestDatabase.allCases)
    func `P24: the date rises with every change of the content, and with nothing else`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            var last: Int64 = 0
            for number in 1...5 {
                try await self.change(store, "content \(number)", revision: Int64(10 * number))
                let date = try await self.date(store)
                #expect(date > last)
                last = date
                try await self.change(store, "content \(number)", revision: Int64(10 * number + 1))
                #expect(try await self.date(store) == date)
            }
            // Withdrawn, and back with the bytes of before.
            try await self.change(store, nil, revision: 100)
            try await self.change(store, "content 5", revision: 101)
            #expect(try await self.date(store) > last)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P24: a clock that was ahead does not give new bytes an older date`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await self.change(store, "first", revision: 1)
            // By an earlier build, an hour ahead.
            _ = try await store.engine.write { session in
                try session.execute(
                    """
                    UPDATE objects
                    SET last_modified_s = 0, content_changed_at_ms = content_changed_at_ms + 3600000
                    """
                )
            }
            let ahead = try await self.date(store)
            try await self.change(store, "second", revision: 2)
            #expect(try await self.date(store) == ahead + 1)
            try await self.change(store, "third", revision: 3)
            #expect(try await self.date(store) == ahead + 2)
            #expect(try await store.claimDocuments().first?.lastModifiedSeconds == ahead + 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P24: the root's date rises as well`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            var dates: [Int64] = []
            for number in 1...3 {
                let content = Blob(of: Array("{\"number\":\(number)}".utf8))
                _ = try await stores[0].setRootDocument(path: "packages.json", content: content, run: 1)
                dates.append(try #require(try await stores[0].document(at: "packages.json")).lastModifiedSeconds)
            }
            #expect(zip(dates, dates.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a document that was sent a moment ago is left alone for as long as is asked, whatever came of it`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            func claim(_ rest: Int64) async throws -> [ClaimedDocument] {
                try await store.claimDirty(
                    kind: .document,
                    limit: 9,
                    run: 1,
                    leaseMilliseconds: 86_400_000,
                    restMilliseconds: rest
                )
            }
            try await self.change(store, "first", revision: 1)
            // There it is already.
            #expect(try await store.rest(kind: .document, milliseconds: 3_600_000) == 1)
            let first = try await claim(3_600_000)
            #expect(first.count == 1)
            _ = try await store.stampDeployed(first.map(\.stamp), run: 1)
            #expect(try await store.rest(kind: .document, milliseconds: 3_600_000) == nil)
            try await self.change(store, "second", revision: 2)
            #expect(try await claim(3_600_000).isEmpty)
            // Others are not held up by it.
            try await store.discover(["jetpack"], revision: 3)
            try await store.publish(try #require(try await store.claim().first), "other")
            #expect(try await claim(3_600_000).map(\.path) == ["p2/wp-plugin/jetpack.json"])
            let wait = try #require(try await store.rest(kind: .document, milliseconds: 3_600_000))
            #expect((1...3_600_000).contains(wait))
            let second = try await claim(0)
            #expect(second.map(\.path) == [Self.path])
            try await store.failUploads([(second[0], "timeout", -1)], run: 1)
            #expect(try await claim(3_600_000).isEmpty)
            // A clock that was ahead by more does not make it wait until then.
            _ = try await store.engine.write { session in
                try session.execute("UPDATE objects SET sent_at_ms = sent_at_ms + 2 * 3600000")
            }
            #expect(try await claim(3_600_000).count == 1)
        }
    }
}
