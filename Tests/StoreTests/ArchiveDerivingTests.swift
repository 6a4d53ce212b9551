import Composer
import Facts
import Store
import TestSupport
import Testing

@Suite struct ArchiveDerivingTests {
    @Test(arguments: TestDatabase.allCases)
    func `a package is derived when its fetches have finished, not once for each archive`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0"), .wanted("2.0"), .wanted("3.0")], revision: 1)
            let claims = try await store.claimArchives()
            try await store.store([claims[0]])
            #expect(try await store.derivable().isEmpty)
            try await store.failArchives([
                ArchiveFailure(claim: claims[1], error: "404", retryMilliseconds: 3_600_000)
            ])
            #expect(try await store.derivable().isEmpty)
            try await store.store([claims[2]])
            let package = try #require(try await store.derivable().first)
            #expect(package.archives.count == 2 && package.payload != nil)
            try await store.list(claims.map { ListedArchive($0.archive, isWanted: true) }, of: package)
            #expect(try await store.derivable().isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a package is derived where the last of its fetches fails, and after ten minutes in any case`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0"), .wanted("2.0")], revision: 1)
            let claims = try await store.claimArchives()
            try await store.store([claims[0]])
            #expect(try await store.derivableCount(source: Store.source) == 0)
            try await store.passArchiveTime(milliseconds: 600_000)
            #expect(try await store.derivableCount(source: Store.source) == 1)
            try await store.passArchiveTime(milliseconds: -600_000)
            try await store.failArchives([
                ArchiveFailure(claim: claims[1], error: "404", retryMilliseconds: 3_600_000)
            ])
            #expect(try await store.derivableCount(source: Store.source) == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P2: an archive that comes while its package is derived is derived afterwards`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let wanted = [ListedArchive.wanted("1.0"), .wanted("2.0")]
            try await store.list(wanted, revision: 1)
            let claims = try await store.claimArchives()
            try await store.store([claims[0]])
            try await store.discover(["akismet"], revision: 2)
            let package = try #require(try await store.claim().first)
            try await store.store([claims[1]])
            try await store.list(wanted, of: package)
            #expect(try await store.derivable().map(\.archives.count) == [2])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: bytes that nobody can tell apart are named when a later look has shown nothing new`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            var listed = ListedArchive.wanted("1.0")
            listed.archive.needsConfirmation = true
            try await store.list([listed], revision: 1)
            try await store.store(try await store.claimArchives())
            func confirm() async throws -> Int {
                try await store.confirmArchives(
                    source: Store.source,
                    before: try await store.now(),
                    marginMilliseconds: 60_000
                )
            }
            #expect(try await store.liveArchives().isEmpty)
            #expect(try await store.derivable().isEmpty)
            // Upstream's servers may lag.
            #expect(try await confirm() == 0)
            try await store.passArchiveTime(milliseconds: 60_000)
            // Something new, which may be of the same path, is looked at first.
            try await store.discover(["akismet"], revision: 2)
            #expect(try await confirm() == 0)
            try await store.list([listed], of: try #require(try await store.claim().first))
            #expect(try await store.confirmArchives(source: "other", before: store.now() + 60_000) == 0)
            #expect(try await confirm() == 1)
            #expect(try await confirm() == 0)
            #expect(try await store.liveArchives().map(\.version) == ["1.0"])
            #expect(try await store.derivable().count == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `bytes of a reference that was overtaken are never named`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            var listed = ListedArchive.wanted("1.0", "tags/1.0@1")
            listed.archive.needsConfirmation = true
            try await store.list([listed], revision: 1)
            try await store.store(try await store.claimArchives())
            var moved = ListedArchive.wanted("1.0", "tags/1.0@2")
            moved.archive.needsConfirmation = true
            try await store.list([moved], revision: 2)
            let later = try await store.now() + 600_000
            #expect(try await store.confirmArchives(source: Store.source, before: later) == 0)
            #expect(try await store.liveArchives().isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `of several archives of a version the one that was fetched last comes last`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            for (index, reference) in ["c", "a", "b"].enumerated() {
                try await store.list([.wanted("1.0", reference)], revision: Int64(index + 1))
                try await store.store(try await store.claimArchives(), bytes: reference)
                try await store.passArchiveTime(milliseconds: 1_000)
            }
            #expect(try await store.liveArchives().map(\.reference) == ["c", "a", "b"])
            // One that was found to be gone is named no longer.
            let gone = ContentHash(of: Array("a".utf8)).bytes
            _ = try await store.engine.write { session in
                try session.execute("UPDATE objects SET live_hash = NULL WHERE content_hash = \(gone)")
            }
            #expect(try await store.liveArchives().map(\.reference) == ["c", "b"])
        }
    }
}
