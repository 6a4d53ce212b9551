import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Upstream

@testable import WordPress

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
            // One for the position; the list and what is offered are asked for once for both packages.
            #expect(pipeline.sandbox.statistics.count(.coreStable) == 2)
            #expect(pipeline.sandbox.statistics.count(.coreVersion) == 1)
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
    func `an older release whose archive comes late is looked for at growing intervals, for a day`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline in
            pipeline.world.coreReleases.removeLast()
            pipeline.world.coreReleases[2].hasArchives = false
            try await pipeline.discover()
            var waits: [Int64] = []
            while waits.count < 9 {
                try await pipeline.makeEverythingDue()
                try await pipeline.update()
                waits += try await pipeline.store.engine.read { session in
                    try session.rows(
                        """
                        SELECT coalesce((due_at_ms - \(.now) + 300000) / 600000, 0) FROM packages
                        WHERE key = 'wordpress'
                        """
                    ).map { try $0.integer(0) }
                }
            }
            #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 0], "tens of minutes, rounded; never at last")

            pipeline.world.coreReleases[2].hasArchives = true
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(try pipeline.versions("wp-core/wordpress") == ["6.6.2", "6.6.1", "6.5.5"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P6: a checksum that always fails holds back its own release and nothing else`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline in
            // All of them at once say nothing of any release.
            pipeline.sandbox.fail(SandboxFault(.status(403), route: .coreChecksum))
            try await pipeline.discover()
            #expect(try await pipeline.update().counters["packages_unanswered"] == 2)

            pipeline.sandbox.clearFaults()
            pipeline.sandbox.fail(SandboxFault(.status(403), route: .coreChecksum, pattern: "*-6.6.1*"))
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            for name in Self.names { #expect(try pipeline.versions("wp-core/\(name)") == ["6.6.2", "6.5.5"]) }
        }
    }

    @Test func `fetching checksums through a cache changes no byte of a document`() {
        let source = CoreSource()
        var cached = source
        (cached.apiURL, cached.askedURL) = ("https://cache.example", "https://cache.example/release")
        let releases = CoreReleases([.init(version: "6.6.2", status: "latest", shasum: "ab")])
        let package = KnownPackage(key: "wordpress")
        #expect(cached.fingerprint == source.fingerprint)
        #expect(
            cached.derive(releases, of: package, facts: [:]).documents
                == source.derive(releases, of: package, facts: [:]).documents
        )
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
