import Command
import Composer
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Upstream

/// Archives of WordPress.org that `serve` fetches when they are asked for, through their confirmation.
@Suite struct LazyDirectoryTests {
    private let main = "p2/wp-plugin/p.json"

    private func with(
        _ database: TestDatabase,
        _ body: (Pipeline, SandboxWorld, PlainHTTP) async throws -> Void
    ) async throws {
        let world = SandboxWorld()
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3_600)
        try world.add(.plugins, SandboxPackage(slug: "p"), tags: ["1.0"])
        try await Pipeline.with(database, world: world, sources: "wordpress-plugins") { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.publicURL = "http://127.0.0.1:1"
            pipeline.settings.stages.archives.temporaryFolder = FileManager.default.temporaryDirectory.path
            // No machine is so slow that it ends by itself.
            pipeline.settings.delivery.waitSeconds = 86_400
            for source in pipeline.settings.stages.sources {
                pipeline.settings.stages.archives.lazy[source.name] = ArchivePolicy(url: "")
            }
            try await pipeline.round(.fromTheStart)
            let running = pipeline
            try await pipeline.serving { try await body(running, world, $0[0]) }
        }
    }

    /// The mirror's address of the only release, as Composer spells it, and upstream's.
    private func dist(_ pipeline: Pipeline) throws -> (path: String, upstream: String) {
        let dist = try #require(try pipeline.dists().first)
        let reference = try #require(dist.reference)
        return ("/dist/wp-plugin/p/1.0.0.0/\(TestDigest.md5(reference)).zip", dist.url)
    }

    private func bytes(of url: String) async throws -> [UInt8] {
        let url = try #require(URL(string: url))
        let answer = try await PlainHTTP(port: try #require(url.port)).get(url.path)
        try #require(answer.status == 200)
        return answer.body
    }

    private func fetches(_ pipeline: Pipeline) -> Int { pipeline.sandbox.statistics.count(.pluginArchive) }

    @Test(arguments: TestDatabase.allCases)
    func `P17: what serve has fetched is given once a later discover has confirmed it, and then without upstream`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, _, site in
            let document = pipeline.text(self.main)
            let (path, upstream) = try self.dist(pipeline)
            let bytes = try await self.bytes(of: upstream)
            let before = self.fetches(pipeline)
            // It is fetched, and nobody can tell yet of which bytes of the tag.
            for _ in 1...2 { #expect(try await site.get(path).status == 404) }
            #expect(self.fetches(pipeline) == before + 1 && Array(pipeline.archives.values) == [bytes])
            // A look that follows at once may have been answered by a server that lags.
            #expect(try await pipeline.discover().counters[.archivesConfirmed, default: 0] == 0)
            #expect(try await site.get(path).status == 404)

            try await pipeline.passArchiveTime()
            #expect(try await pipeline.discover().counters[.archivesConfirmed] == 1)
            pipeline.sandbox.fail(SandboxFault(.status(404), route: .pluginArchive))
            for _ in 1...2 {
                let answer = try await site.get(path)
                #expect(answer.status == 200 && answer.body == bytes)
            }
            #expect(self.fetches(pipeline) == before + 1)
            // P16: and no document says anything of it.
            try await pipeline.update()
            try await pipeline.sync()
            #expect(pipeline.text(self.main) == document && document?.contains(upstream) == true)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: what was fetched of a tag that was rewritten before anybody looked is never given`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, world, site in
            let (old, _) = try self.dist(pipeline)
            #expect(try await site.get(old).status == 404)
            try world.commit(.plugins, slug: "p", .rewriteTag("1.0"))
            try await pipeline.passArchiveTime()
            #expect(try await pipeline.discover().counters[.archivesConfirmed, default: 0] == 0)
            let before = self.fetches(pipeline)
            // While the document is behind the log, nothing is fetched for it.
            #expect(try await site.get(old).status == 404)
            #expect(self.fetches(pipeline) == before)

            try await pipeline.makeEverythingDue()
            try await pipeline.update()
            try await pipeline.sync()
            let (new, upstream) = try self.dist(pipeline)
            #expect(new != old)
            #expect(try await site.get(new).status == 404)
            let bytes = try await self.bytes(of: upstream)
            try await pipeline.passArchiveTime()
            #expect(try await pipeline.discover().counters[.archivesConfirmed] == 1)
            let answer = try await site.get(new)
            #expect(answer.status == 200 && answer.body == bytes)
            #expect(try await site.get(old).status == 404)
        }
    }
}
