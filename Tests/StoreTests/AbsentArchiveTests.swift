import Composer
import Facts
import Store
import TestSupport
import Testing

/// Archives that upstream says it does not have.
@Suite struct AbsentArchiveTests {
    private static let day: Int64 = 86_400_000

    private func fail(
        _ store: Store,
        _ claims: [ClaimedArchive],
        isAbsent: Bool = true,
        retryMilliseconds: Int64 = 86_400_000
    ) async throws {
        try await store.failArchives(
            claims.map {
                ArchiveFailure(claim: $0, error: "404", retryMilliseconds: retryMilliseconds, isAbsent: isAbsent)
            }
        )
    }

    /// What an update would know of the package.
    private func absent(_ store: Store, _ key: String = "akismet") async throws -> Set<ContentHash> {
        try await store.claimedWithArchives(key).absentArchives
    }

    @Test(arguments: TestDatabase.allCases)
    func `an archive that upstream has said for a day that it does not have is absent, and its package is derived`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0"), .wanted("2.0")], revision: 1)
            let claims = try await store.claimArchives()
            try await self.fail(store, [claims[0]])
            try await store.store([claims[1]])
            let package = try #require(try await store.derivable().first)
            try await store.list(claims.map { ListedArchive($0.archive, isWanted: true) }, of: package)
            #expect(try await self.absent(store).isEmpty)
            try await store.passArchiveTime(milliseconds: Self.day)
            // Another trouble says nothing of it.
            try await self.fail(store, try await store.claimArchives(), isAbsent: false)
            #expect(try await self.absent(store).isEmpty)
            #expect(try await store.derivable().isEmpty)
            try await store.passArchiveTime(milliseconds: Self.day)
            try await self.fail(store, try await store.claimArchives())
            #expect(try await self.absent(store) == [claims[0].archive.identityHash])
            #expect(try await store.derivable().map(\.absentArchives.count) == [1])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is absent is asked for after as long as it has been missing, and is back with its bytes`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0")], revision: 1)
            try await self.fail(store, try await store.claimArchives())
            try await store.passArchiveTime(milliseconds: 3 * Self.day)
            try await self.fail(store, try await store.claimArchives())
            try await store.passArchiveTime(milliseconds: 2 * Self.day)
            #expect(try await store.claimArchives().isEmpty)
            try await store.passArchiveTime(milliseconds: 2 * Self.day)
            let claims = try await store.claimArchives()
            #expect(claims.map(\.attempts) == [2])
            try await self.fail(store, claims)
            // At most a month.
            try await store.passArchiveTime(milliseconds: 100 * Self.day)
            try await self.fail(store, try await store.claimArchives())
            try await store.passArchiveTime(milliseconds: 31 * Self.day)
            try await store.store(try await store.claimArchives())
            let package = try await store.claimedWithArchives()
            #expect(package.absentArchives.isEmpty && package.archives.count == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `another address is asked anew, and what nobody wants is not asked for`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0")], revision: 1)
            try await self.fail(store, try await store.claimArchives())
            try await store.passArchiveTime(milliseconds: Self.day)
            try await self.fail(store, try await store.claimArchives())
            #expect(try await self.absent(store).count == 1)
            try await store.list([.wanted("1.0", isWanted: false)], revision: 2)
            try await store.passArchiveTime(milliseconds: 9 * Self.day)
            #expect(try await store.claimArchives().isEmpty)
            #expect(try await self.absent(store).count == 1)
            try await store.list([.wanted("1.0", url: "https://moved.example/1.0.zip")], revision: 3)
            #expect(try await store.claimArchives().count == 1)
            #expect(try await self.absent(store).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what an archive says of its version is kept beside it`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            var own = ListedArchive.wanted("1.0")
            own.archive.ownVersion = "1.0-rc"
            try await store.list([own], revision: 1)
            let claim = try #require(try await store.claimArchives().first)
            #expect(claim.archive == own.archive)
            var stored = claim.stored("bytes")
            stored.headerVersion = "1.0.1"
            _ = try await store.finishArchives([stored], run: 1)
            #expect(try await store.liveArchives().map(\.ownVersion) == ["1.0-rc"])
            let noted: String? = try await store.engine.read { session in
                try session.rows("SELECT header_version FROM archives")[0]["header_version"]
            }
            #expect(noted == "1.0.1")
        }
    }
}
