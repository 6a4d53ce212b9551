import Archives
import Command
import Composer
import Facts
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// A database that was thrown away and filled again, or restored, adopts what is in the bucket and loses nothing.
@Suite struct ArchiveAdoptionTests: KeptRepository {
    /// The same pipeline over a database in which nothing is, filled from upstream.
    private func withFreshDatabase(
        _ pipeline: Pipeline,
        _ database: TestDatabase,
        _ discovery: DiscoverStage.Configuration = .init(),
        _ body: (Pipeline) async throws -> Void
    ) async throws {
        try await database.with { stores in
            let fresh = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
            try await fresh.discover(discovery)
            try await fresh.update()
            try await body(fresh)
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: a database that was thrown away and filled again loses nothing`(_ place: ArchiveBucket) async throws {
        try await self.with(place.database) { pipeline, repository in
            try await place.with(pipeline) { pipeline in
                try repository.write(self.main, self.text([("3.0.0", "c"), ("2.0.0", "b"), ("1.0.0", "a")]))
                try await pipeline.round()
                let claims = try await pipeline.claimArchives().sorted { $0.archive.version < $1.archive.version }
                try await pipeline.store(claims)
                try await pipeline.sync()
                // A tag moves, and its new archive is not there yet; one that no document names; one of somebody else.
                try repository.write(self.main, self.text([("3.0.0", "moved"), ("2.0.0", "b"), ("1.0.0", "a")]))
                try await self.lookAgain(pipeline)
                let former = Array("of a lock file".utf8)
                let formerKey = ArchiveKey(sha256: ContentHash(of: former), kind: .gzippedTar).description
                try await pipeline.put(formerKey, former)
                try await pipeline.put("dist/notes.txt", [1])
                let stored = try await pipeline.stored()
                try await self.withFreshDatabase(pipeline, place.database) { fresh in
                    // Nobody publishes over what says whose archives are whose.
                    for isForced in [false, true] {
                        var options = StageOptions()
                        options.isForced = isForced
                        let refusal = await #expect(throws: GuardRefusal.self) {
                            try await fresh.sync(options: options)
                        }
                        #expect(refusal?.description.contains("sync verify --repair") == true)
                    }
                    #expect(try await pipeline.stored() == stored)

                    let outcome = try await fresh.verify(repairs: true)
                    #expect(outcome.exit == .done)
                    #expect(outcome.counters[.archivesAdopted] == 4)
                    #expect(outcome.counters[.archivesAssigned] == 3)
                    #expect(try await fresh.stored() == stored, "documents name what they named")
                    let due = try await fresh.claimArchives()
                    #expect(due.map(\.archive.reference) == ["moved"], "nothing else is fetched")
                    #expect(try await fresh.store.archiveTotals().count == 4)
                    #expect(try await fresh.verify(isDeep: true).exit == .done)
                    // And goes on as if nothing had been.
                    try await fresh.store(due)
                    try await fresh.sync()
                    #expect(try await fresh.storedText(self.main)?.contains(due[0].ours) == true)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: an adoption that was killed anywhere loses nothing either`(_ database: TestDatabase) async throws {
        try await self.with(database) { pipeline, repository in
            try repository.write(self.main, self.text([("2.0.0", "b"), ("1.0.0", "a")]))
            try await pipeline.round()
            try await pipeline.store(try await pipeline.claimArchives())
            try await pipeline.sync()
            let stored = try await pipeline.stored()
            try await self.withFreshDatabase(pipeline, database) { fresh in
                var isDone = false
                for steps in 0..<200 where !isDone {
                    let lifeline = Lifeline(steps: steps)
                    let engine = MortalEngine(engine: fresh.store.engine, lifeline: lifeline)
                    var dying = Pipeline(sandbox: fresh.sandbox, store: Store(engine: engine), settings: fresh.settings)
                    dying.wrap = { MortalStore(store: $0, lifeline: lifeline) }
                    isDone = (try? await dying.verify(repairs: true))?.exit == .done
                    #expect(try await fresh.stored("dist/") == stored.filter { $0.key.hasPrefix("dist/") })
                    try await fresh.endLeases()
                    // Others go on meanwhile: as long as not everything is known, they are refused.
                    _ = try? await fresh.sync()
                }
                #expect(isDone)
                _ = try await fresh.verify(repairs: true)
                #expect(try await fresh.stored() == stored)
                #expect(try await fresh.claimArchives().isEmpty)
            }
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: a database that is not filled yet takes nothing's place`(_ place: ArchiveBucket) async throws {
        try await self.with(place.database) { pipeline, repository in
            try await place.with(pipeline) { pipeline in
                try repository.write(self.main, self.text([("1.0.0", "a")]))
                try await pipeline.round()
                try await pipeline.store(try await pipeline.claimArchives())
                try await pipeline.sync()
                let stored = try await pipeline.stored()
                try await place.database.with { stores in
                    let fresh = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
                    for isDiscovered in [false, true] {
                        if isDiscovered { try await fresh.discover() }
                        let refusal = await #expect(throws: GuardRefusal.self) { try await fresh.verify(repairs: true) }
                        #expect(refusal?.description.contains("p2/acme/kit.json") == true)
                        #expect(try await fresh.stored() == stored)
                    }
                    try await fresh.update()
                    await #expect(throws: GuardRefusal.self) { try await fresh.sync() }
                    #expect(try await fresh.verify(repairs: true).exit == .done)
                    #expect(try await fresh.stored() == stored)
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: archives of WordPress.org come back with the revision that they were confirmed for`(
        _ database: TestDatabase
    ) async throws {
        let world = SandboxWorld()
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3_600)
        try world.add(.plugins, SandboxPackage(slug: "p"), tags: ["1.0"])
        try await Pipeline.with(database, world: world, sources: "wordpress-plugins") { pipeline in
            var pipeline = pipeline
            pipeline.keepArchives()
            try await pipeline.round(.fromTheStart)
            try await pipeline.store(try await pipeline.claimArchives())
            try await pipeline.passArchiveTime()
            try await pipeline.round()
            let stored = try await pipeline.stored()
            #expect(stored.keys.contains { $0.hasPrefix("dist/") })
            try await self.withFreshDatabase(pipeline, database, .fromTheStart) { fresh in
                let outcome = try await fresh.verify(repairs: true)
                #expect(outcome.exit == .done && outcome.counters[.archivesAssigned] == 1)
                #expect(try await fresh.stored() == stored)
                #expect(try await fresh.claimArchives().isEmpty)
            }
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: who wants exactly these bytes gets them by upstream's checksum, whatever documents say`(
        _ place: ArchiveBucket
    ) async throws {
        try await self.with(place.database) { pipeline, repository in
            try await place.with(pipeline) { pipeline in
                let bytes = Array("the archive".utf8)
                let key = ArchiveKey(sha256: ContentHash(of: bytes), kind: .zip).description
                let text = self.text([("1.0.0", "a")])
                try repository.write(
                    self.main,
                    text.replacing(#""reference":"a""#, with: #""reference":"a","shasum":"\#(Pipeline.sha1(bytes))""#)
                )
                try await pipeline.round()
                try await pipeline.put(key, bytes)
                // The one that is called so and is not.
                let liar = ArchiveKey(sha256: ContentHash(of: [1]), kind: .zip).description
                try await pipeline.put(liar, bytes)
                let outcome = try await pipeline.verify(repairs: true)
                #expect(outcome.counters[.archivesAdopted] == 1 && outcome.counters[.archivesAssigned] == 1)
                #expect(outcome.counters["archives_damaged"] == 1)
                #expect(try await pipeline.storedText(self.main)?.contains(key) == true)
                #expect(try await pipeline.stored("dist/")[liar] == bytes, "left alone")
                #expect(try await pipeline.claimArchives().isEmpty)
            }
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: a document that says another checksum, or no reference, tells nothing of an archive`(
        _ place: ArchiveBucket
    ) async throws {
        try await self.with(place.database) { pipeline, repository in
            try await place.with(pipeline) { pipeline in
                try repository.write(self.main, self.text([("2.0.0", "b"), ("1.0.0", "a")]))
                try await pipeline.discover()
                try await pipeline.update()
                let claims = try await pipeline.claimArchives().sorted { $0.archive.version < $1.archive.version }
                for claim in claims { try await pipeline.put(claim.key, claim.bytes) }
                func version(_ claim: ClaimedArchive, _ version: String, _ shasum: String, _ reference: String)
                    -> String
                {
                    """
                    {"name":"acme/kit","version":"\(version)","version_normalized":"\(version).0","dist":{"type":"zip",\
                    "url":"https://elsewhere.example/x/\(claim.key)","shasum":"\(shasum)"\(reference)}}
                    """
                }
                let versions = [
                    version(claims[1], "2.0.0", claims[0].sha1, #","reference":"b""#),
                    version(claims[0], "1.0.0", claims[0].sha1, ""),
                ]
                let document = #"{"packages":{"acme/kit":[\#(versions.joined(separator: ","))]}}"#
                try await pipeline.put(self.main, Array(document.utf8))
                let outcome = try await pipeline.verify(repairs: true)
                #expect(outcome.counters[.archivesAdopted] == 2)
                #expect(outcome.counters[.archivesAssigned, default: 0] == 0)
                #expect(try await pipeline.storedText(self.main)?.contains("dist/") == false)
            }
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: nothing deletes an archive: no repair, no clean-up, no stage, no other bucket`(
        _ place: ArchiveBucket
    ) async throws {
        try await self.with(place.database) { pipeline, repository in
            try await place.with(pipeline) { pipeline in
                try repository.write(self.main, self.text([("2.0.0", "b"), ("1.0.0", "a")]))
                try await pipeline.round()
                try await pipeline.store(try await pipeline.claimArchives())
                try await pipeline.sync()
                try await pipeline.put("dist/notes.txt", [1])
                let unknown = ArchiveKey(sha256: ContentHash(of: [7]), kind: .zip).description
                try await pipeline.put(unknown, [8])
                let stored = try await pipeline.stored("dist/")
                var forced = StageOptions()
                forced.isForced = true
                // The package goes, and all that is known of it is cleaned up.
                try repository.write(
                    "packages.json",
                    #"{"metadata-url":"/acme/p2/%package%.json","available-packages":[]}"#
                )
                try repository.remove(self.main)
                try await pipeline.settle()
                var retention = Store.Retention()
                (retention.blobs, retention.tombstones, retention.runs) = (.zero, .zero, .zero)
                _ = try await pipeline.store.cleanUp(retention)
                _ = try await pipeline.verify(isDeep: true, repairs: true) { $0.maxShrinkPercent = 100 }
                try await pipeline.sync(options: forced)
                #expect(try await pipeline.stored("dist/") == stored)
                // A database that knows nothing at all.
                try await place.database.with { stores in
                    let empty = Pipeline(sandbox: pipeline.sandbox, store: stores[0], settings: pipeline.settings)
                    _ = try await empty.verify(repairs: true) { $0.maxShrinkPercent = 100 }
                    try await empty.sync(options: forced)
                    #expect(try await empty.stored("dist/") == stored)
                }
            }
        }
    }
}
