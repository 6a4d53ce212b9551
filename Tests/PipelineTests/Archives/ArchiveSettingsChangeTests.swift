import Command
import Composer
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// What becomes of archives when the settings change, or the bucket.
@Suite struct ArchiveSettingsChangeTests: KeptRepository {
    @Test(arguments: TestDatabase.allCases)
    func `turned off, documents are upstream's again, and turned on nothing is fetched twice`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, repository in
            let text = self.text([("1.0.0", "a")])
            try repository.write(self.main, text)
            try await pipeline.round()
            try await pipeline.store(try await pipeline.claimArchives())
            try await pipeline.sync()
            let published = pipeline.text(self.main)
            #expect(published != text)
            var off = pipeline
            off.settings.stages.archives.policies = [:]
            try await off.round()
            #expect(pipeline.text(self.main) == text)
            // The key in the bucket stays known.
            #expect(try await pipeline.store.archiveTotals().count == 1)
            try await pipeline.round()
            #expect(pipeline.text(self.main) == published)
            #expect(try await pipeline.claimArchives().isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P4: without change no row is written, however many archives there are`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, repository in
            try repository.write(self.main, self.text([("2.0.0", "b"), ("1.0.0", "a")]))
            try await pipeline.round()
            try await pipeline.store(try await pipeline.claimArchives())
            try await pipeline.round()
            func archives() async throws -> [String] {
                try await pipeline.store.engine.read { session in
                    try session.rows("SELECT * FROM archives").map { "\($0.values)" }.sorted()
                }
            }
            let before = (try await pipeline.rows(), try await archives())
            for _ in 1...2 { try await pipeline.round() }
            let after = (try await pipeline.rows(), try await archives())
            #expect(before.0 == after.0 && before.1 == after.1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `another address of archives derives all again, and says what old locks need`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, repository in
            try repository.write(self.main, self.text([("1.0.0", "a")]))
            try await pipeline.round()
            try await pipeline.store(try await pipeline.claimArchives())
            try await pipeline.sync()
            var moved = pipeline
            moved.keepArchives { $0.url = "https://elsewhere.example" }
            // Who has other settings than those that documents were derived under leaves them alone.
            try await moved.sync()
            #expect(pipeline.text(self.main)?.contains(Self.former) == true)
            let outcome = try await moved.update()
            #expect(outcome.notes.contains { $0.contains("https://elsewhere.example") && $0.contains(Self.former) })
            try await moved.sync()
            #expect(pipeline.text(self.main)?.contains("https://elsewhere.example/dist/") == true)
            #expect(try await moved.update().notes.allSatisfy { !$0.contains(Self.former) })
        }
    }

    private static let former = Pipeline.archivesURL

    @Test(arguments: TestDatabase.allCases)
    func `P17: another bucket is admitted once it has every archive that documents name`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, repository in
            try repository.write(self.main, self.text([("2.0.0", "b"), ("1.0.0", "a")]))
            try await pipeline.round()
            let claims = try await pipeline.claimArchives()
            try await pipeline.store(claims)
            try await pipeline.sync()
            #expect(try await pipeline.verify(repairs: true).exit == .done)
            #expect(try await pipeline.store.liveArchiveCount() == 2)
            let rows = try await pipeline.rows()
            let moved = pipeline.moved(to: "elsewhere")
            func expectRefusal(_ moment: String) async throws {
                for isRepair in [false, true] {
                    let refusal = await #expect(throws: GuardRefusal.self, "\(moment)") {
                        var forced = StageOptions()
                        forced.isForced = true
                        if isRepair {
                            _ = try await moved.verify(repairs: true)
                        } else {
                            try await moved.sync(options: forced)
                        }
                    }
                    #expect(refusal?.description.contains("1 of 2 archives") == true, "\(moment)")
                }
                #expect(try await pipeline.rows() == rows, "\(moment)")
            }
            let objects = pipeline.sandbox.objects
            objects.plant(bucket: "elsewhere", key: claims[0].imagined.key, claims[0].bytes)
            try await expectRefusal("one is missing")
            objects.plant(bucket: "elsewhere", key: claims[1].imagined.key, [1])
            try await expectRefusal("one was cut")
            objects.plant(bucket: "elsewhere", key: claims[1].imagined.key, claims[1].bytes)
            #expect(try await moved.verify(repairs: true).exit == .done)
            #expect(moved.bucket("elsewhere")[self.main] == pipeline.bucket()[self.main])
            #expect(moved.bucket("elsewhere")[claims[1].imagined.key] == claims[1].bytes)
        }
    }
}
