import Archives
import Command
import Composer
import ComposerRepository
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Upstream

/// `sync` fetches what GitHub has, from the addresses in documents to documents that name archives of ours.
@Suite struct GitHubFetchingTests {
    /// Opens a pipeline over a repository whose archives are on GitHub, and nothing is fetched yet.
    private func with(
        _ database: TestDatabase,
        token: String? = nil,
        asksCodeload: Bool = true,
        _ body: (Pipeline, ComposerMount) async throws -> Void
    ) async throws {
        let mount = try ComposerMount("shop", .packagist, ComposerWorld(packages: 4), isOnGitHub: true)
        try await Pipeline.with(database, world: .builtIn, composer: [mount]) { pipeline, address in
            var pipeline = pipeline
            pipeline.settings.stages.sources = [
                try RepositorySource(RepositorySettings(name: mount.name, url: address.composer(mount.name)))
            ]
            var environment = ["PACKLINE_GITHUB_API_URL": address.gitHub]
            environment["PACKLINE_GITHUB_TOKEN"] = token
            pipeline.settings.stages.archives = try Settings(environment: environment).stages.archives
            if asksCodeload {
                // As with the public one.
                let gitHub = try GitHub(api: address.gitHub, codeload: address.codeload)
                pipeline.settings.stages.archives.gitHubs = [.com, gitHub]
            }
            pipeline.settings.isPrivate = true
            pipeline.keepArchives()
            pipeline.fetchesArchives = true
            pipeline.sandbox.gitHub.limit(GitHubLimit(requests: 0, seconds: 86_400))
            try await pipeline.discover()
            try await pipeline.update()
            try await body(pipeline, mount)
        }
    }

    private func due(_ pipeline: Pipeline) async throws -> Int {
        try await pipeline.store.dueArchives(sources: ["composer:shop"]).count
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: without a token archives come from where the API leads, and it is not asked`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, _ in
            let due = try await self.due(pipeline)
            #expect(try await pipeline.sync().counters[.archivesFetched] == due)
            #expect(due > 4)
            #expect(try pipeline.expectArchivesAreThere("all at once") == due)
            #expect(pipeline.sandbox.gitHub.requests.codeload == due && pipeline.sandbox.gitHub.requests.api == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: a renamed repository is found by the API, and its reference stays`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, mount in
            pipeline.sandbox.gitHub.limit(nil)
            let due = try await self.due(pipeline)
            for name in mount.world.names {
                pipeline.sandbox.gitHub.rename(name, to: "elsewhere/\(name.replacing("/", with: "-"))")
            }
            #expect(try await pipeline.sync().exit == .done)
            #expect(try pipeline.expectArchivesAreThere("renamed") == due)
            // The old name, and then the number that it leads to.
            #expect(pipeline.sandbox.gitHub.requests.api == 2 * due)
            for dist in try pipeline.dists() {
                let path = try #require(dist.url.split(separator: "dist/").last)
                #expect(pipeline.archives["dist/\(path)"] != nil && dist.reference?.utf8.count == 40, "\(dist)")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases, [nil, 3_600])
    func `a limit is no failure of an archive: nothing is asked until it ends, then all of it comes`(
        _ database: TestDatabase,
        _ retryAfter: Int?
    ) async throws {
        try await self.with(database, asksCodeload: false) { pipeline, _ in
            let gitHub = pipeline.sandbox.gitHub
            let due = try await self.due(pipeline)
            gitHub.limit(
                GitHubLimit(
                    requests: 2,
                    seconds: 86_400,
                    status: retryAfter == nil ? 403 : 429,
                    retryAfterSeconds: retryAfter
                )
            )
            let outcome = try await pipeline.sync()
            #expect(outcome.exit == .done)
            #expect(outcome.counters[.archivesFetched] == 2 && outcome.counters[.archivesFailed, default: 0] == 0)
            #expect(pipeline.archives.count == 2)
            try pipeline.expectArchivesAreThere("so far")
            let asked = gitHub.requests.api
            #expect(gitHub.requests.limited > 0)
            // Whoever begins anew has not forgotten it.
            try await pipeline.sync()
            #expect(gitHub.requests.api == asked)
            gitHub.limit(nil)
            try await pipeline.endArchiveWaits()
            try await pipeline.sync()
            #expect(try pipeline.expectArchivesAreThere("after all") == due)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a private repository is there with a token alone, which codeload is not shown`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database, token: "sandbox-token") { pipeline, mount in
            let gitHub = pipeline.sandbox.gitHub
            let due = try await self.due(pipeline)
            mount.world.names.forEach { gitHub.setPrivate($0) }
            var stranger = pipeline
            stranger.settings.stages.archives.credentials = []
            gitHub.limit(nil)
            let refused = try await stranger.sync()
            #expect(refused.exit == .done && refused.counters[.archivesFetched, default: 0] == 0)
            let before = try pipeline.dists()
            #expect(before.count == due && before.allSatisfy { !$0.url.hasPrefix(Pipeline.archivesURL) })
            let (asked, sent) = (gitHub.requests.api, gitHub.requests.codeload)

            gitHub.limit(GitHubLimit(requests: 0, seconds: 86_400))
            try await pipeline.endArchiveWaits()
            #expect(try await pipeline.sync().counters[.archivesFetched] == due)
            #expect(try pipeline.expectArchivesAreThere("with a token") == due)
            #expect(gitHub.requests.withToken == due && gitHub.requests.api == asked + due)
            #expect(gitHub.requests.codeload == sent + due && gitHub.requests.credentialsAtCodeload == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what a token alone opens is not kept where everybody would get it`(_ database: TestDatabase) async throws {
        try await self.with(database, token: "sandbox-token") { pipeline, mount in
            let gitHub = pipeline.sandbox.gitHub
            let due = try await self.due(pipeline)
            let secret = mount.world.names[0]
            gitHub.setPrivate(secret)
            gitHub.rename(mount.world.names[1], to: "elsewhere/renamed")
            var open = pipeline
            open.settings.isPrivate = false
            #expect(try await open.sync().exit == .done)
            #expect(gitHub.requests.withToken > due, "a renamed one is asked for by its number too")
            let dists = try pipeline.dists()
            let upstream = dists.filter { !$0.url.hasPrefix(Pipeline.archivesURL) }
            #expect(!upstream.isEmpty && upstream.count < dists.count)
            #expect(upstream.allSatisfy { $0.url.contains("/\(secret)/") }, "\(upstream)")
            try await pipeline.endArchiveWaits()
            try await pipeline.sync()
            #expect(try pipeline.expectArchivesAreThere("in a repository that is closed") == due)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a token that GitHub does not know is trouble, and a repository that is gone is none`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database, token: "another") { pipeline, mount in
            let gitHub = pipeline.sandbox.gitHub
            let outcome = try await pipeline.sync()
            #expect(outcome.exit == .partial && gitHub.requests.unauthorized > 0)
            let errors = try await pipeline.store.engine.read { session in
                try session.rows("SELECT DISTINCT last_error FROM archives WHERE last_error IS NOT NULL").map {
                    try $0.text(0)
                }
            }
            #expect(!errors.isEmpty && errors.allSatisfy { $0.contains("it refuses the credentials") }, "\(errors)")
            #expect(errors.allSatisfy { !$0.contains("another") })

            mount.world.names.forEach { gitHub.setDeleted($0) }
            gitHub.accept(token: "another")
            try await pipeline.endArchiveWaits()
            #expect(try await pipeline.sync().exit == .done)
            #expect(pipeline.archives.isEmpty && gitHub.requests.codeload == 0)
        }
    }
}
