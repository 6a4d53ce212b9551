import Command
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// Plugins whose live version is trunk's, through the stages.
@Suite struct TrunkArchiveTests {
    private let main = "p2/wp-plugin/p.json"

    /// A directory with one plugin without any tag, an hour ago.
    private func with(_ database: TestDatabase, _ body: @Sendable (Pipeline) async throws -> Void) async throws {
        let world = SandboxWorld()
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3_600)
        try world.add(.plugins, SandboxPackage(slug: "p", version: "1.0"))
        try await Pipeline.with(database, world: world, sources: "wordpress-plugins") { try await body($0) }
    }

    /// Fetches what is due as it would be, up to the documents.
    private func archive(_ pipeline: Pipeline) async throws -> ClaimedArchive {
        let claims = try await pipeline.claimArchives()
        try await pipeline.store(claims)
        try await pipeline.passArchiveTime()
        try await pipeline.discover()
        try await pipeline.sync()
        return try #require(claims.first)
    }

    private struct Published: Decodable {
        struct Version: Decodable {
            var version: String
            var published: String?

            private enum CodingKeys: String, CodingKey {
                case version
                case published = "published-time"
            }
        }
        var packages: [String: [Version]]
    }

    /// When versions are said to have been published, in their order.
    private func published(_ pipeline: Pipeline) throws -> [String?] {
        let bytes = try #require(pipeline.bucket()[self.main])
        let document = try JSONDecoder().decode(Published.self, from: Data(bytes))
        return (document.packages["wp-plugin/p"] ?? []).map(\.published)
    }

    @Test(arguments: TestDatabase.allCases)
    func `a version that trunk is was published when its first archive came, whatever comes after it`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline in
            var pipeline = pipeline
            pipeline.keepArchives()
            try await pipeline.round(.fromTheStart)
            _ = try await self.archive(pipeline)
            let first = try #require(try await pipeline.claimedFirstFetch())
            let times = try self.published(pipeline)
            let date = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(first / 1_000)))
            #expect(times == [date.replacing("Z", with: "+00:00")])

            // Another revision of the same version.
            try pipeline.world.commit(.plugins, slug: "p", .trunk())
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            _ = try await self.archive(pipeline)
            #expect(try self.published(pipeline) == times)
            #expect(try await pipeline.claimedFirstFetch() == first)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P1: a plugin without a tag has its live version while an archive of trunk is there`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline in
            try await pipeline.round(.fromTheStart)
            let off = try #require(pipeline.text(self.main))
            #expect(off == #"{"minified":"composer/2.0","packages":{"wp-plugin/p":[]}}"#)
            var pipeline = pipeline
            pipeline.keepArchives()
            try await pipeline.round()
            #expect(pipeline.text(self.main) == off)
            let first = try await self.archive(pipeline)
            #expect(first.archive.reference?.hasPrefix("trunk@") == true && first.archive.ownVersion == "1.0")
            #expect(first.archive.url.hasSuffix("/plugin/p.zip?nostats=1"))
            let published = try #require(pipeline.text(self.main))
            #expect(published.contains(#""version":"1.0""#) && published.contains(first.ours))

            // The same version has other bytes: what is published stays until they are there.
            try pipeline.world.commit(.plugins, slug: "p", .trunk())
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(pipeline.text(self.main)?.contains(first.ours) == true)
            let second = try await self.archive(pipeline)
            #expect(
                second.archive.version == first.archive.version && second.archive.reference != first.archive.reference
            )
            #expect(pipeline.text(self.main)?.contains(second.ours) == true)

            // A new version: the one before stays until then.
            try pipeline.world.commit(.plugins, slug: "p", .trunk(version: "1.1"))
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            let waiting = try #require(pipeline.text(self.main))
            #expect(waiting.contains(#""version":"1.0""#) && waiting.contains(second.ours))
            #expect(!waiting.contains(#""version":"1.1""#))
            let third = try await self.archive(pipeline)
            let followed = try #require(pipeline.text(self.main))
            #expect(followed.contains(#""version":"1.1""#) && followed.contains(third.ours))
            #expect(!followed.contains(#""version":"1.0""#))

            // Without archives everything is as it was.
            pipeline.settings.stages.archives.policies = [:]
            try await pipeline.round()
            #expect(pipeline.text(self.main) == off)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a tag that comes for what trunk is takes its place`(_ database: TestDatabase) async throws {
        try await self.with(database) { pipeline in
            var pipeline = pipeline
            pipeline.keepArchives()
            try await pipeline.round(.fromTheStart)
            let trunk = try await self.archive(pipeline)
            #expect(pipeline.text(self.main)?.contains(trunk.ours) == true)
            try pipeline.world.commit(.plugins, slug: "p", .tag("1.0"))
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(pipeline.text(self.main)?.contains(trunk.ours) == true)
            let tag = try await self.archive(pipeline)
            #expect(tag.archive.reference?.hasPrefix("tags/1.0@") == true && tag.archive.ownVersion == nil)
            #expect(pipeline.text(self.main)?.contains(tag.ours) == true)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P5: what came step by step is what comes at once from the same archives`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline in
            var pipeline = pipeline
            pipeline.keepArchives()
            try await pipeline.round(.fromTheStart)
            _ = try await self.archive(pipeline)
            try pipeline.world.commit(.plugins, slug: "p", .trunk(version: "1.1"))
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            for isLast in [false, true] {
                let before = pipeline.text(self.main)
                var options = StageOptions()
                options.isForced = true
                try await pipeline.update(options: options)
                try await pipeline.sync()
                #expect(pipeline.text(self.main) == before && before?.contains("dist/") == true)
                if !isLast { _ = try await self.archive(pipeline) }
            }
        }
    }
}

extension Pipeline {
    /// When an archive first came, milliseconds since 1970 in UTC.
    fileprivate func claimedFirstFetch() async throws -> Int64? {
        try await self.store.engine.read { session in
            try session.rows("SELECT min(first_fetched_at_ms) AS first FROM archives").first?["first"]
        }
    }
}
