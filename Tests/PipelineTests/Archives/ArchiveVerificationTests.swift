import Archives
import Command
import Composer
import Facts
import ObjectStorage
import Pipeline
import Store
import Synchronization
import TestSupport
import Testing

/// `sync verify` knows archives: what is missing, damaged or unknown of them is found; a repair has the database follow, and
/// changes nothing in the bucket.
@Suite struct ArchiveVerificationTests: KeptRepository {
    /// Three versions whose archives are in the bucket and named.
    private func with(
        _ place: ArchiveBucket,
        _ body: (Pipeline, WrittenRepository, [ClaimedArchive]) async throws -> Void
    ) async throws {
        try await self.with(place.database) { pipeline, repository in
            try await place.with(pipeline) { pipeline in
                try repository.write(self.main, self.text([("3.0.0", "c"), ("2.0.0", "b"), ("1.0.0", "a")]))
                try await pipeline.round()
                let claims = try await pipeline.claimArchives().sorted { $0.archive.version < $1.archive.version }
                try await pipeline.store(claims)
                try await pipeline.sync()
                try await body(pipeline, repository, claims)
            }
        }
    }

    private let unknown = Array("nobody's".utf8)
    private var unknownKey: String { ArchiveKey(sha256: ContentHash(of: self.unknown), kind: .zip).description }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: what is missing, damaged, unknown or somebody else's is found, and looking changes nothing`(
        _ place: ArchiveBucket
    ) async throws {
        try await self.with(place) { pipeline, _, claims in
            #expect(try await pipeline.verify().exit == .done)
            try await pipeline.remove(claims[0].key)
            try await pipeline.put(claims[1].key, [1])
            try await pipeline.put(self.unknownKey, self.unknown)
            try await pipeline.put("dist/notes.txt", [2])
            let (rows, stored) = (try await pipeline.rows(), try await pipeline.stored())
            let outcome = try await pipeline.verify()
            #expect(outcome.exit == .failed)
            #expect(outcome.counters["archives_listed"] == 4)
            #expect(outcome.counters["archives_missing"] == 1)
            #expect(outcome.counters["archives_damaged"] == 1)
            #expect(outcome.counters["archives_unknown"] == 1)
            #expect(outcome.counters["archives_foreign"] == 1)
            #expect(outcome.notes.contains { $0.contains("missing") && $0.contains(claims[0].key) })
            // Of what is as it should be nothing was read.
            #expect(outcome.counters[.objectsDownloaded] == 1)
            #expect(try await pipeline.rows() == rows)
            #expect(try await pipeline.stored() == stored)
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: bytes that rotted under their size and ETag are found by a deep look`(_ place: ArchiveBucket)
        async throws
    {
        try await self.with(place) { pipeline, _, claims in
            var rotten = claims[0].bytes
            rotten[0] ^= 1
            try await pipeline.put(claims[0].key, rotten)
            // As if the store had kept the ETag of what it was given.
            let etag = try await pipeline.withBucket { try await $0.head(claims[0].key)?.etag }
            try await pipeline.store.noteArchives([(claims[0].key, try #require(etag))])
            #expect(try await pipeline.verify().exit == .done)
            let outcome = try await pipeline.verify(isDeep: true)
            #expect(outcome.exit == .failed && outcome.counters["archives_damaged"] == 1)
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: a repair no longer names what is gone or damaged, and has it fetched again`(
        _ place: ArchiveBucket
    ) async throws {
        try await self.with(place) { pipeline, _, claims in
            let published = try #require(try await pipeline.storedText(self.main))
            try await pipeline.remove(claims[0].key)
            try await pipeline.put(claims[1].key, [1])
            let outcome = try await pipeline.verify(repairs: true)
            #expect(outcome.counters[.archivesLost] == 2)
            #expect(outcome.exit == .failed && outcome.error?.contains("2 archives are lost") == true)
            #expect(outcome.notes.contains { $0.contains(claims[0].key) && $0.contains("acme/kit 1.0.0.0") })
            let without = try #require(try await pipeline.storedText(self.main))
            #expect(!without.contains(claims[0].key) && !without.contains(claims[1].key))
            #expect(without.contains(claims[2].ours))
            // Not even what is damaged is deleted.
            #expect(try await pipeline.stored("dist/")[claims[1].key] == [1])

            let again = try await pipeline.claimArchives().sorted { $0.archive.version < $1.archive.version }
            #expect(again.map(\.archive) == claims.prefix(2).map(\.archive))
            #expect(again.map(\.lostKey) == claims.prefix(2).map(\.key))
            #expect(try await pipeline.store(again).returned == 2)
            try await pipeline.sync()
            #expect(try await pipeline.storedText(self.main) == published)
            #expect(try await pipeline.verify(isDeep: true).exit == .done)
            #expect(try await pipeline.store.archiveTotals().count == 3)
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: other bytes from upstream get a key of their own, and the loss is told`(_ place: ArchiveBucket)
        async throws
    {
        try await self.with(place) { pipeline, _, claims in
            try await pipeline.remove(claims[0].key)
            _ = try await pipeline.verify(repairs: true)
            let claim = try #require(try await pipeline.claimArchives().first)
            var other = claim.imagined
            let bytes = Array("built again".utf8)
            other.sha256 = ContentHash(of: bytes)
            other.key = ArchiveKey(sha256: other.sha256, kind: .zip).description
            other.size = Int64(bytes.count)
            try await pipeline.put(other.key, bytes)
            #expect(try await pipeline.store.finishArchives([other], run: 1).replaced == 1)
            let outcome = try await pipeline.verify()
            #expect(outcome.exit == .failed && outcome.error?.contains("1 archive is lost") == true)
            #expect(outcome.notes.contains { $0.contains(claims[0].key) && $0.contains("other bytes") })
            #expect(try await pipeline.stored("dist/")[claims[0].key] == nil)
            // Where only the old bytes were certain to be of the reference, these are not yet.
            let live = try await pipeline.store.engine.read { [key = other.key] session in
                try session.rows("SELECT needs_confirmation FROM archives WHERE object_key = \(key)")
                    .map { try $0["needs_confirmation"] as Int64 }
            }
            #expect(live == [1])

            // What was lost comes back, and is known by its name.
            try await pipeline.put(claims[0].key, claims[0].bytes)
            let mended = try await pipeline.verify(repairs: true)
            #expect(mended.exit == .done && mended.counters[.archivesReturned] == 1)
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: what was lost and is put back is named again without a request`(_ place: ArchiveBucket) async throws {
        try await self.with(place) { pipeline, _, claims in
            let published = try await pipeline.storedText(self.main)
            try await pipeline.remove(claims[2].key)
            _ = try await pipeline.verify(repairs: true)
            try await pipeline.put(claims[2].key, claims[2].bytes)
            let outcome = try await pipeline.verify(repairs: true)
            #expect(outcome.exit == .done && outcome.counters[.archivesAssigned] == 1)
            #expect(try await pipeline.storedText(self.main) == published)
            #expect(try await pipeline.claimArchives().isEmpty)
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `a bucket that has lost much changes no document without a person`(_ place: ArchiveBucket) async throws {
        try await self.with(place.database) { pipeline, repository in
            try await place.with(pipeline) { pipeline in
                try repository.write(self.main, self.text((1...30).map { ("\($0).0.0", "r\($0)") }))
                try await pipeline.round()
                let claims = try await pipeline.claimArchives()
                try await pipeline.store(claims)
                try await pipeline.sync()
                for claim in claims { try await pipeline.remove(claim.key) }
                let rows = try await pipeline.rows()
                await #expect(throws: GuardRefusal.self) { try await pipeline.verify(repairs: true) }
                #expect(try await pipeline.store.liveArchiveCount() == 30)
                #expect(try await pipeline.rows()["objects"] == rows["objects"])
                let outcome = try await pipeline.verify(repairs: true) { $0.maxShrinkPercent = 100 }
                #expect(outcome.counters[.archivesLost] == 30)
                #expect(try await pipeline.store.liveArchiveCount() == 0)
            }
        }
    }

    @Test(arguments: [ArchiveBucket.sqliteAndFolder, .postgresAndFolder])
    func `a bucket that has lost more than is allowed loses none of it, however it is spread`(_ place: ArchiveBucket)
        async throws
    {
        try await self.with(place.database) { pipeline, repository in
            try await place.with(pipeline) { pipeline in
                let count = 2_100
                try repository.write(self.main, self.text((1...count).map { ("\($0).0.0", "r\($0)") }))
                try await pipeline.round()
                while case let claims = try await pipeline.claimArchives(), !claims.isEmpty {
                    _ = try await pipeline.store.finishArchives(claims.map(\.imagined), run: 1)
                }
                let rows = try await pipeline.rows()
                for _ in 1...2 {
                    await #expect(throws: GuardRefusal.self) {
                        try await pipeline.verify(repairs: true) { $0.maxShrinkPercent = 50 }
                    }
                    #expect(try await pipeline.store.liveArchiveCount() == count)
                }
                #expect(try await pipeline.rows()["objects"] == rows["objects"])
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a copy with other ETags is told by its sizes, and nothing is read`(_ database: TestDatabase) async throws {
        try await self.with(database == .sqlite ? .sqliteAndS3 : .postgresAndS3) { pipeline, _, claims in
            // From here on the ETags are known.
            #expect(try await pipeline.verify(repairs: true).exit == .done)
            for (etags, reads) in [(["0-2", "0-3"], 0), ([String(repeating: "a", count: 32)], 3)] {
                var parts = pipeline
                parts.wrap = { RenamedStore($0, etags: etags) }
                let outcome = try await parts.verify()
                #expect(outcome.counters["archives_listed"] == 3 && outcome.counters["archives_damaged"] == 0)
                #expect(outcome.counters[.objectsDownloaded, default: 0] == reads)
                // Once it was looked at, the store's word for it is known.
                if reads > 0 {
                    _ = try await parts.verify(repairs: true)
                    #expect(try await parts.verify().counters[.objectsDownloaded, default: 0] == 0)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases, PagedStore.Order.allCases)
    func `P12: archives are compared page by page, in any order, and go on where they were stopped`(
        _ database: TestDatabase,
        _ order: PagedStore.Order
    ) async throws {
        try await self.with(database) { pipeline, repository in
            try repository.write(self.main, self.text((1...30).map { ("\($0).0.0", "r\($0)") }))
            try await pipeline.round()
            let claims = try await pipeline.claimArchives()
            try await pipeline.store(claims)
            try await pipeline.sync()
            let keys = claims.map(\.key).sorted()
            for key in [keys[0], keys[14], keys[29]] { try await pipeline.remove(key) }
            func verify(_ pages: Int, repairs: Bool) async throws -> StageOutcome {
                var pipeline = pipeline
                let store = PagedStore(order: order, pages: pages, of: "dist/")
                pipeline.wrap = { store.over($0) }
                return try await pipeline.verify(repairs: repairs) { $0.pagesAtOnce = 1 }
            }
            for repairs in [false, true] {
                for _ in 1...3 { await #expect(throws: (any Error).self) { _ = try await verify(1, repairs: repairs) } }
                // It is there again before the comparison ends.
                if repairs { try await pipeline.put(keys[14], #require(claims.first { $0.key == keys[14] }).bytes) }
                let outcome = try await verify(.max, repairs: repairs)
                if repairs {
                    #expect(outcome.counters[.archivesLost] == 2)
                } else {
                    #expect(outcome.counters["archives_missing"] == 3)
                    #expect(outcome.counters["archives_listed"] == 27)
                }
            }
        }
    }
}

/// A store whose ETags say nothing of the bytes, as of uploads in parts or of a store that encrypts.
private final class RenamedStore: ObjectStore {
    private let store: any ObjectStore
    private let etags: [String]

    init(_ store: any ObjectStore, etags: [String]) {
        self.store = store
        self.etags = etags
    }

    var description: String { self.store.description }

    func list(prefix: String, continuing token: String?) async throws -> ObjectPage {
        var page = try await self.store.list(prefix: prefix, continuing: token)
        guard prefix.hasPrefix("dist/") else { return page }
        for index in page.objects.indices { page.objects[index].etag = self.etags[index % self.etags.count] }
        return page
    }

    func put(_ object: ObjectUpload) async throws -> ObjectVersion { try await self.store.put(object) }
    func delete(_ key: String) async throws { try await self.store.delete(key) }
    func deleteMany(_ keys: [String]) async throws -> [String: ObjectStoreError] {
        try await self.store.deleteMany(keys)
    }
    func head(_ key: String) async throws -> ObjectVersion? { try await self.store.head(key) }
    func get(_ key: String, maxBytes: Int) async throws -> (bytes: [UInt8], version: ObjectVersion)? {
        try await self.store.get(key, maxBytes: maxBytes)
    }
    func check() async throws { try await self.store.check() }
    func detectConditions() async throws -> Bool { try await self.store.detectConditions() }
}
