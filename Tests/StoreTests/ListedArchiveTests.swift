import Composer
import Facts
import Store
import TestSupport
import Testing

@Suite struct ListedArchiveTests {
    /// Of each archive that is known: version, whether it is listed, due and stored.
    private func rows(_ store: Store) async throws -> [String] {
        try await store.engine.read { session in
            try session.rows(
                """
                SELECT version || ' ' || coalesce(reference, '') || CASE WHEN is_listed = 1 THEN '' ELSE ' gone' END
                    || CASE WHEN due_at_ms IS NULL THEN '' ELSE ' due' END
                    || CASE WHEN object_key IS NULL THEN '' ELSE ' stored' END AS words
                FROM archives ORDER BY version, id
                """
            ).map { try $0["words"] }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is wanted becomes due, what is only listed does not`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("2.0", "b"), .wanted("1.0", "a", isWanted: false)], revision: 1)
            #expect(try await self.rows(store) == ["2.0 b due"])
            // Two tags of one normal form, or a list that says something twice.
            try await store.list([.wanted("2.0", "b"), .wanted("2.0", "b"), .wanted("1.0", "a")], revision: 2)
            #expect(try await self.rows(store) == ["1.0 a due", "2.0 b due"])
            try await store.list([.wanted("2.0", "b", isWanted: false), .wanted("1.0", "a")], revision: 3)
            #expect(try await self.rows(store) == ["1.0 a due", "2.0 b"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: what is no longer listed, or no longer wanted, stays known and stored`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0", "a"), .wanted("2.0", "b"), .wanted("3.0", "c")], revision: 1)
            let claims = try await store.claimArchives()
            try await store.store(claims.filter { $0.archive.version != "3.0" })
            try await store.failArchives(
                claims.filter { $0.archive.version == "3.0" }
                    .map { ArchiveFailure(claim: $0, error: "404", retryMilliseconds: 0) }
            )
            // A tag moved, another is gone, and the third is not wanted any more.
            try await store.list([.wanted("1.0", "z"), .wanted("3.0", "c", isWanted: false)], revision: 2)
            #expect(try await self.rows(store) == ["1.0 a gone stored", "1.0 z due", "2.0 b gone stored", "3.0 c"])
            #expect(try await store.liveArchives().map(\.version).sorted() == ["1.0", "2.0"])
            // What comes back has its bytes.
            try await store.list([.wanted("1.0", "a"), .wanted("2.0", "b")], revision: 3)
            #expect(try await self.rows(store) == ["1.0 a stored", "1.0 z gone", "2.0 b stored", "3.0 c gone"])
            #expect(try await store.claimArchives().isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a result that says nothing of archives, or was lost, changes nothing of them`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0", "a")], revision: 1)
            try await store.discover(["akismet"], revision: 2)
            let slow = try #require(try await store.claim(leaseMilliseconds: -1).first)
            try await store.publish(try #require(try await store.claim().first), "text")
            #expect(try await store.list([], of: slow).lost == 1)
            #expect(try await self.rows(store) == ["1.0 a due"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `another address of the same archive is tried at once, and what is stored is not fetched again`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0", "a"), .wanted("2.0", "b")], revision: 1)
            let claims = try await store.claimArchives()
            try await store.failArchives([
                ArchiveFailure(claim: claims[0], error: "404", retryMilliseconds: 3_600_000)
            ])
            try await store.store([claims[1]])
            let version = claims[0].archive.version
            try await store.list(
                [.wanted("1.0", "a", url: "https://new/1"), .wanted("2.0", "b", url: "https://new/2")],
                revision: 2
            )
            #expect(try await store.claimArchives().map(\.archive.version) == [version])
        }
    }

    @Test func `P17: bytes that were written before what they are to be of, or nobody knows when, are not believed`() {
        var archive = UpstreamArchive(version: "1.0", type: "zip", url: "https://x", reference: "a")
        #expect(archive.mayBe(writtenAt: nil) && archive.mayBe(writtenAt: 0))
        archive.newerThanMilliseconds = 5_000
        #expect(!archive.mayBe(writtenAt: nil) && !archive.mayBe(writtenAt: 5_000) && archive.mayBe(writtenAt: 6_000))
    }

    @Test func `bytes are named by version and reference, by a checksum, or else by their address`() {
        func identity(_ reference: String?, _ shasum: String?, _ url: String) -> String {
            UpstreamArchive(version: "1.0", type: "zip", url: url, reference: reference, shasum: shasum).identity
        }
        #expect(identity("a", nil, "https://x") == identity("a", "", "https://y"))
        #expect(identity("a", "s", "https://x") == identity("a", "S", "https://y"))
        #expect(identity("a", "s", "https://x") != identity("a", "t", "https://x"))
        #expect(identity("a", nil, "https://x") != identity("b", nil, "https://x"))
        #expect(identity("", nil, "https://x") != identity(nil, nil, "https://y"))
        #expect(identity(nil, "s", "https://x") == identity("", "s", "https://y"))
        #expect(identity("1:a", nil, "") != identity("a", nil, ""))
    }
}
