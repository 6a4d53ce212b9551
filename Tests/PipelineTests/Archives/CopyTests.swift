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

/// `sync copy` brings archives from one bucket to another, and then the other one is admitted.
@Suite struct CopyTests: KeptRepository {
    private func key(_ bytes: [UInt8], _ kind: ArchiveKind = .zip) -> String {
        ArchiveKey(sha256: ContentHash(of: bytes), kind: kind).description
    }

    private func copy(
        from source: Pipeline,
        to target: Pipeline,
        isDryRun: Bool = false,
        temporaryFolder: String? = nil
    ) async throws -> StageOutcome {
        var target = target
        target.settings.stages.archives.temporaryFolder = temporaryFolder
        var options = StageOptions()
        options.isDryRun = isDryRun
        return try await target.run(.sync, options) { context, connections in
            let objects = try target.objects(connections)
            return try await Connections.with(source.settings, concurrency: 16, logger: Pipeline.logger) {
                try await CopyStage(context: context, source: source.objects($0), objects: objects).run()
            }
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `a place without archives is a mistake, and is named`(_ place: ArchiveBucket) async throws {
        try await self.with(place.database) { pipeline, _ in
            try await place.with(pipeline) { pipeline in
                for isDryRun in [true, false] {
                    let error = await #expect(throws: (any Error).self) {
                        try await self.copy(from: pipeline, to: pipeline.moved(to: "elsewhere"), isDryRun: isDryRun)
                    }
                    #expect(error.map { "\($0)".contains("--from") } == true)
                }
            }
        }
    }

    @Test(arguments: ArchiveBucket.allCases)
    func `P17: another bucket is admitted after a copy, and names the same bytes`(_ place: ArchiveBucket) async throws {
        try await self.with(place.database) { pipeline, repository in
            try await place.with(pipeline) { pipeline in
                try repository.write(self.main, self.text((1...20).map { ("\($0).0.0", "r\($0)") }))
                try await pipeline.round()
                try await pipeline.store(try await pipeline.claimArchives())
                try await pipeline.sync()
                // Of old lock files, and of somebody else.
                let old = Array("old".utf8)
                try await pipeline.put(self.key(old, .tar), old)
                try await pipeline.put("dist/notes.txt", [1])
                let stored = try await pipeline.stored()
                let moved = pipeline.moved(to: "elsewhere")
                await #expect(throws: GuardRefusal.self) { try await moved.verify(repairs: true) }
                let dry = try await self.copy(from: pipeline, to: moved, isDryRun: true)
                #expect(dry.counters[.wouldCopy] == 21)
                #expect(try await moved.stored().isEmpty)
                let outcome = try await self.copy(from: pipeline, to: moved)
                #expect(outcome.exit == .done && outcome.counters[.archivesCopied] == 21)
                #expect(try await self.copy(from: pipeline, to: moved).counters[.archivesPresent] == 21)
                #expect(try await moved.verify(repairs: true).exit == .done)
                #expect(try await moved.stored() == stored.filter { $0.key != "dist/notes.txt" })
                #expect(try await pipeline.stored() == stored)
                let header = pipeline.sandbox.objects.object(bucket: "elsewhere", key: self.key(old, .tar))?.headers
                #expect(header?.contains { $0.value.contains("immutable") } == true)
                #expect(header?.contains { $0.value == "application/x-tar" } == true)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: wrong bytes are never copied, and the others are all the same`(_ database: TestDatabase) async throws {
        try await self.with(database) { pipeline, _ in
            let bytes: [[UInt8]] = [[1], [2], [3]]
            for bytes in bytes { try await pipeline.put(self.key(bytes), bytes) }
            try await pipeline.put(self.key([2]), [9])
            let moved = pipeline.moved(to: "elsewhere")
            // Cut there, which its size shows.
            try await moved.put(self.key([3]), [])
            let outcome = try await self.copy(from: pipeline, to: moved)
            #expect(outcome.exit == .failed && outcome.counters[.archivesUncopied] == 1)
            #expect(outcome.error?.contains(self.key([2])) == true)
            #expect(try await moved.stored() == [self.key([1]): [1], self.key([3]): [3]])
        }
    }

    @Test func `P22: large archives go through a file, and without a folder for it only so far`() async throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: root) }
        try await self.with(.sqlite) { pipeline, _ in
            var source = pipeline
            source.settings.stages.bucket = .directory(path: "\(root)/source")
            let large = (0..<(5 << 20)).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8 ^ $0 >> 16) }
            let larger = large + [UInt8](repeating: 7, count: 28 << 20)
            for bytes in [large, larger] { try await source.put(self.key(bytes), bytes) }
            let refused = try await self.copy(from: source, to: pipeline)
            #expect(refused.exit == .failed && refused.error?.contains("PACKLINE_TEMP_DIR") == true)
            #expect(refused.counters[.archivesCopied] == 1)
            let outcome = try await self.copy(from: source, to: pipeline, temporaryFolder: root)
            #expect(outcome.exit == .done && outcome.counters[.archivesCopied] == 1)
            #expect(pipeline.bucket() == [self.key(large): large, self.key(larger): larger])
            #expect(try FileManager.default.contentsOfDirectory(atPath: root) == ["source"])
        }
    }

    @Test func `a bucket is not copied to itself`() async throws {
        try await self.with(.sqlite) { pipeline, _ in
            await #expect(throws: InvalidSettings.self) { try await self.copy(from: pipeline, to: pipeline) }
        }
    }
}
