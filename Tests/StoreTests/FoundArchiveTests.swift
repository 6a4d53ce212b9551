import Composer
import Crypto
import Facts
import Store
import TestSupport
import Testing

/// Archives that are lost, found and removed, as the database has it.
@Suite struct FoundArchiveTests {
    private func found(_ text: String) -> ArchiveObject {
        let bytes = Array(text.utf8)
        let hash = ContentHash(of: bytes)
        return ArchiveObject(
            key: "dist/\(hash.hexadecimal).zip",
            sha256: hash,
            sha1: Array(Insecure.SHA1.hash(data: bytes)),
            size: Int64(bytes.count),
            etag: "found"
        )
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is found is counted once, and nobody's until somebody wants it`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            let objects = ["a", "bb"].map(self.found)
            for isNew in [true, false] {
                let adopted = try await store.adoptArchives(objects, bucket: nil, since: store.now(), run: 1)
                #expect(adopted.new == (isNew ? 2 : 0) && adopted.returned == 0)
            }
            #expect(try await store.archiveTotals() == (2, 3))
            #expect(try await store.assignFoundArchives(after: "", limit: 100).versions == 0)
            #expect(try await store.hasUnassignedArchives())
            let sizes = objects.map { ($0.key, $0.size) }
            #expect(try await store.liveArchiveCount(among: sizes) == 2)
            _ = try await store.noteBucket("here", insteadOf: nil)
            await #expect(throws: StoreError.bucketMoved(to: "here")) {
                try await store.adoptArchives(objects, bucket: "elsewhere", since: store.now(), run: 1)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: a version takes what has upstream's checksum, also while somebody fetches it`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let bytes = self.found("a")
            let archive = UpstreamArchive(
                version: "1.0.0.0",
                type: "zip",
                url: "https://x/1",
                reference: "abc",
                shasum: "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"
            )
            try await store.list([ListedArchive(archive, isWanted: true), .wanted("2.0.0.0")], revision: 1)
            let claims = try await store.claimArchives()
            _ = try await store.adoptArchives([bytes], bucket: nil, since: store.now(), run: 1)
            let step = try await store.assignFoundArchives(after: "", limit: 100)
            #expect(step.versions == 1 && step.last == bytes.key)
            #expect(try await store.liveArchives().map(\.key) == [bytes.key])
            #expect(try await !store.hasUnassignedArchives())
            let written = try await store.store(claims.filter { $0.archive == archive })
            #expect(written.lost == 1, "who was fetching it has nothing to write back")
            #expect(try await store.liveArchives().map(\.key) == [bytes.key])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P1, P17: what was not uploaded because it was there is not live where it is gone by then`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0.0.0"), .wanted("2.0.0.0")], revision: 1)
            let claims = try await store.claimArchives()
            try await store.store([claims[0]], bytes: "same")
            var relying = claims[1].stored("same")
            relying.isUploaded = false
            // Between the look and the writing somebody finds that it is gone.
            _ = try await store.loseArchives([relying.key])
            #expect(try await store.finishArchives([relying], run: 1) == WrittenArchives(written: 0, lost: 1))
            #expect(try await store.liveArchives().isEmpty)
            #expect(try await store.isLiveArchive(relying.key) == false)
            relying.isUploaded = true
            #expect(try await store.finishArchives([relying], run: 1).written == 1)
            #expect(try await store.liveArchives().map(\.key) == [relying.key])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: what is lost is not named, is due, and comes back by its bytes only`(_ database: TestDatabase)
        async throws
    {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0.0.0"), .wanted("2.0.0.0")], revision: 1)
            let claims = try await store.claimArchives()
            // Both have the same bytes.
            try await store.store(claims, bytes: "same")
            let key = claims[0].stored("same").key
            #expect(try await store.loseArchives([key]) == 2)
            #expect(try await store.liveArchives().isEmpty)
            #expect(try await store.loseArchives([key]) == 0)
            let lost = try await store.lostArchives(limit: 1)
            #expect(lost.count == 1 && lost.first.map(\.isDue) == [true])
            let again = try await store.claimArchives()
            #expect(again.map(\.lostKey) == [key, key])
            let written = try await store.store([again[0]], bytes: "same")
            #expect(written.returned == 1 && written.replaced == 0)
            #expect(try await store.lostArchives(limit: 1).count == 0)
            #expect(try await store.store([again[1]], bytes: "other").replaced == 1)
            // Those are not certain to be of this reference.
            #expect(try await store.liveArchives().map(\.key) == [key])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: a document tells whose archive it is, by version, reference and checksum`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0.0.0", "a"), .wanted("2.0.0.0", "moved")], revision: 1)
            try await store.discover(["akismet"], revision: 2)
            try await store.publish(#require(try await store.claim().first), "{}")
            let objects = ["one", "two"].map(self.found)
            _ = try await store.adoptArchives(objects, bucket: nil, since: store.now(), run: 1)
            func announced(_ object: ArchiveObject, _ version: String, _ reference: String?, sha1: String? = nil)
                -> AnnouncedArchive
            {
                AnnouncedArchive(
                    version: version,
                    type: "zip",
                    url: "https://ours/\(object.key)",
                    reference: reference,
                    sha1: sha1 ?? object.sha1.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(),
                    key: object.key
                )
            }
            func adopt(_ announced: AnnouncedArchive, _ path: String = "p2/wp-plugin/akismet.json") async throws -> Int
            {
                try await store.adoptAnnounced([announced], ofDocument: path)
            }
            #expect(try await adopt(announced(objects[0], "1.0.0.0", "a", sha1: "00")) == 0)
            #expect(try await adopt(announced(objects[0], "1.0.0.0", nil)) == 0)
            #expect(try await adopt(announced(self.found("elsewhere"), "1.0.0.0", "a")) == 0)
            #expect(try await adopt(announced(objects[0], "1.0.0.0", "a"), "p2/wp-plugin/other.json") == 0)
            #expect(try await store.liveArchives().isEmpty)
            for isNew in [true, false] {
                #expect(try await adopt(announced(objects[0], "1.0.0.0", "a")) == (isNew ? 1 : 0))
                // Upstream speaks of another state by now.
                #expect(try await adopt(announced(objects[1], "2.0.0.0", "b")) == (isNew ? 1 : 0))
            }
            let live = try await store.liveArchives()
            #expect(Set(live.map(\.key)) == Set(objects.map(\.key)))
            #expect(try await store.claimArchives().map(\.archive.reference) == ["moved"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P1: while archives are removed nobody begins to fetch, and who was too slow has lost it`(
        _ database: TestDatabase
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0.0.0"), .wanted("2.0.0.0")], revision: 1)
            let slow = try await store.claimArchives(1)
            #expect(try await store.beginRemovingArchives(milliseconds: 86_400_000) == 1)
            #expect(try await store.claimArchives().isEmpty)
            _ = try await store.engine.write {
                try $0.execute("UPDATE archives SET lease_until_ms = 1 WHERE lease_until_ms > 0")
            }
            #expect(try await store.beginRemovingArchives(milliseconds: 86_400_000) == 0)
            #expect(try await store.store(slow).lost == 1)
            #expect(try await store.goOnRemovingArchives(milliseconds: 86_400_000))
            try await store.endRemovingArchives()
            #expect(try await !store.goOnRemovingArchives(milliseconds: 86_400_000))
            #expect(try await store.claimArchives().count == 2)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: what was read before a removal had ended is not taken in`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let (store, object) = (stores[0], self.found("a"))
            let before = try await store.now()
            #expect(try await store.beginRemovingArchives(milliseconds: 86_400_000) == 0)
            for since in [before, before + 3_600_000] {
                await #expect(throws: StoreError.archivesBeingRemoved) {
                    try await store.adoptArchives([object], bucket: nil, since: since, run: 1)
                }
            }
            try await store.endRemovingArchives()
            await #expect(throws: StoreError.archivesBeingRemoved) {
                try await store.adoptArchives([object], bucket: nil, since: before, run: 1)
            }
            #expect(try await store.adoptArchives([object], bucket: nil, since: before + 3_600_000, run: 1).new == 1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `archives are chosen by what all their versions are`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.list([.wanted("1.0.0.0"), .wanted("2.0.0.0"), .wanted("3.0.0.0")], revision: 1)
            let claims = try await store.claimArchives()
            try await store.store(claims.filter { $0.archive.version != "3.0.0.0" }, bytes: "shared")
            try await store.store(claims.filter { $0.archive.version == "3.0.0.0" }, bytes: "own")
            _ = try await store.engine.write { try $0.execute("UPDATE packages SET name = 'wp-plugin/akismet'") }
            let orphan = self.found("orphan")
            _ = try await store.adoptArchives([orphan], bucket: nil, since: store.now(), run: 1)
            func chosen(_ change: (inout ArchiveRemoval) -> Void) async throws -> Set<String> {
                var removal = ArchiveRemoval()
                change(&removal)
                var keys: Set<String> = []
                var position = ""
                while let next = try await store.removableArchives(removal, after: position, limit: 1).first {
                    keys.insert(next.key)
                    position = next.key
                }
                return keys
            }
            let (shared, own) = (claims[0].stored("shared").key, claims[0].stored("own").key)
            #expect(try await chosen { $0.isOrphan = true } == [orphan.key])
            #expect(try await chosen { $0.isUnlisted = true } == [])
            #expect(try await chosen { $0.packages = ["wp-plugin/akismet"] } == [shared, own])
            #expect(try await chosen { $0.packages = ["wp-plugin/other"] } == [])
            #expect(try await chosen { $0.olderThanMilliseconds = 86_400_000 } == [])
            #expect(try await chosen { $0.olderThanMilliseconds = -86_400_000 } == [shared, own, orphan.key])
            // One of two versions is gone, and that with an archive of its own.
            try await store.list([.wanted("1.0.0.0")], revision: 2)
            #expect(try await chosen { $0.isUnlisted = true } == [own])
        }
    }
}
