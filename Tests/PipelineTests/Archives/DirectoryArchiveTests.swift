import Command
import Composer
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// Archives of WordPress.org's packages, through the stages.
@Suite struct DirectoryArchiveTests {
    private let main = "p2/wp-plugin/p.json"

    @Test(arguments: TestDatabase.allCases)
    func `P17: an archive of a tag is named once a later discover has seen nothing new of it`(
        _ database: TestDatabase
    ) async throws {
        let world = SandboxWorld()
        world.setClock(seconds: Int64(Date().timeIntervalSince1970) - 3_600)
        try world.add(.plugins, SandboxPackage(slug: "p"), tags: ["1.0"])
        try await Pipeline.with(database, world: world, sources: "wordpress-plugins") { pipeline in
            var pipeline = pipeline
            pipeline.keepArchives()
            try await pipeline.round(.fromTheStart)
            let upstreams = pipeline.text(self.main)
            let first = try #require(try await pipeline.claimArchives().first)
            #expect(first.archive.url.hasSuffix("/p.1.0.zip?nostats=1") && first.archive.needsConfirmation)
            #expect(first.archive.newerThanMilliseconds != nil)
            try await pipeline.store([first])
            // A look that follows at once may have been answered by a server that lags.
            try await pipeline.round()
            #expect(pipeline.text(self.main) == upstreams)
            try await pipeline.passArchiveTime()
            #expect(try await pipeline.discover().counters[.archivesConfirmed] == 1)
            try await pipeline.sync()
            let published = try #require(pipeline.text(self.main))
            #expect(published.contains(first.ours))

            // The tag is rewritten: what is published stays until the new archive is there and confirmed.
            try world.commit(.plugins, slug: "p", .rewriteTag("1.0"))
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(pipeline.text(self.main)?.contains(first.ours) == true)
            let second = try #require(try await pipeline.claimArchives().first)
            #expect(second.archive.reference != first.archive.reference)
            try await pipeline.store([second])
            // And once more, before anybody could tell which of both was fetched.
            try world.commit(.plugins, slug: "p", .rewriteTag("1.0"))
            try await pipeline.passArchiveTime()
            #expect(try await pipeline.discover().counters[.archivesConfirmed, default: 0] == 0)
            try await pipeline.update()
            try await pipeline.sync()
            #expect(pipeline.text(self.main)?.contains(first.ours) == true)
            let third = try #require(try await pipeline.claimArchives().first)
            try await pipeline.store([third])
            try await pipeline.passArchiveTime()
            #expect(try await pipeline.discover().counters[.archivesConfirmed] == 1)
            try await pipeline.sync()
            #expect(pipeline.text(self.main)?.contains(third.ours) == true)
            #expect(pipeline.text(self.main)?.contains(second.ours) == false)
        }
    }
}
