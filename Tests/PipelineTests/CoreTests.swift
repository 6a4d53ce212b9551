import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// WordPress itself, through all stages.
@Suite struct CoreTests {
    private static let names = ["wordpress", "wordpress-no-content"]

    private func with(_ database: TestDatabase, _ body: (Pipeline) async throws -> Void) async throws {
        try await Pipeline.with(database, world: SandboxWorld(), sources: "wordpress-core", body)
    }

    /// What the document of a package says of the archives, by version.
    private func archives(_ pipeline: Pipeline, _ name: String) throws -> [String: [String: String]] {
        let bytes = try #require(pipeline.bucket()["p2/wp-core/\(name).json"])
        let document = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        let versions = (document?["packages"] as? [String: [[String: Any]]])?["wp-core/\(name)"] ?? []
        return Dictionary(
            uniqueKeysWithValues: try versions.map {
                (try #require($0["version"] as? String), try #require($0["dist"] as? [String: String]))
            }
        )
    }

    @Test(arguments: TestDatabase.allCases)
    func `releases reach the bucket with upstream's checksums; what has no archive is left out`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline in
            try await pipeline.round()
            var shasums: Set<String> = []
            for name in Self.names {
                #expect(try pipeline.versions("wp-core/\(name)") == ["6.6.2", "6.6.1", "6.5.5"])
                for dist in try self.archives(pipeline, name).values {
                    let url = try #require(dist["url"])
                    let archive = try #require(URL(string: url))
                    let upstream = PlainHTTP(port: try #require(archive.port))
                    let checksum = try await upstream.get("\(archive.path).sha1").body
                    let shasum = try #require(dist["shasum"])
                    #expect(shasum == String(decoding: checksum, as: UTF8.self))
                    shasums.insert(shasum)
                }
            }
            #expect(shasums.count == 6, "each archive has its own")
            #expect(pipeline.text("packages.json")?.contains("\"wp-core/*\"") == true)

            pipeline.world.coreReleases[0].status = "outdated"
            pipeline.world.coreReleases.insert(SandboxCoreRelease("6.7", "latest", php: "7.2.24"), at: 0)
            pipeline.sandbox.resetStatistics()
            try await pipeline.round()
            for name in Self.names {
                #expect(try pipeline.versions("wp-core/\(name)") == ["6.7", "6.6.2", "6.6.1", "6.5.5"])
            }
            // For both packages: of the new release, and of the one that had none.
            #expect(pipeline.sandbox.statistics.count(.coreChecksum) == 4, "no checksum is asked for twice")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P4: a round without a release is one small request`(_ database: TestDatabase) async throws {
        try await self.with(database) { pipeline in
            try await pipeline.round()
            let rows = try await pipeline.rows()
            pipeline.sandbox.resetStatistics()
            pipeline.sandbox.objects.forgetWrites()

            try await pipeline.round()
            #expect(pipeline.sandbox.statistics.requests == ["core-api-stable": 1])
            #expect(pipeline.sandbox.objects.writes.isEmpty)
            #expect(try await pipeline.rows() == rows)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a release that is announced before its archive is there is looked for until it is`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline in
            pipeline.world.coreReleases[0].hasArchives = false
            try await pipeline.round()
            #expect(try pipeline.versions("wp-core/wordpress") == ["6.6.1", "6.5.5"])
            let waits = try await pipeline.store.engine.read { session in
                try session.rows("SELECT (due_at_ms - \(.now)) / 60000 FROM packages WHERE due_at_ms IS NOT NULL")
                    .map { try $0.integer(0) }
            }
            #expect(waits.count == 2 && waits.allSatisfy { $0 <= 120 }, "minutes")

            pipeline.world.coreReleases[0].hasArchives = true
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(try pipeline.versions("wp-core/wordpress") == ["6.6.2", "6.6.1", "6.5.5"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a page with status 200 is not where upstream is, and an answer that fails changes nothing`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline in
            try await pipeline.round()
            let documents = pipeline.bucket()
            pipeline.sandbox.fail(SandboxFault(.htmlPage, route: .coreStable))
            _ = try? await pipeline.discover()
            pipeline.sandbox.clearFaults()
            pipeline.sandbox.resetStatistics()
            try await pipeline.round()
            #expect(pipeline.sandbox.statistics.requests == ["core-api-stable": 1])

            pipeline.world.coreReleases.insert(SandboxCoreRelease("6.7", "latest"), at: 0)
            pipeline.sandbox.fail(SandboxFault(.status(500), route: .coreChecksum))
            try await pipeline.discover()
            _ = try? await pipeline.update()
            try await pipeline.sync()
            #expect(pipeline.bucket() == documents)

            pipeline.sandbox.clearFaults()
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(try pipeline.versions("wp-core/wordpress")?.first == "6.7")
        }
    }
}
