import Command
import ComposerRepository
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// Repositories that want credentials: these go to the host that they are for, and what is refused deletes nothing.
@Suite struct PrivateRepositoryTests {
    /// The same credentials as the sandbox and as the settings have them.
    private static let logins: [(ComposerMount.Authentication, RepositoryAuthentication)] = [
        (.basic(user: "u", password: "p:w"), .basic(user: "u", password: "p:w")),
        (.bearer(token: "token"), .bearer("token")),
        (.header(name: "Private-Token", value: "glpat"), .header(name: "Private-Token", value: "glpat")),
    ]

    private func with(
        _ mount: ComposerMount,
        _ authentication: RepositoryAuthentication?,
        redirects: Bool = true,
        on database: TestDatabase = .sqlite,
        _ body: (Pipeline, RepositorySettings) async throws -> Void
    ) async throws {
        try await Pipeline.with(database, world: .builtIn, composer: [mount]) { pipeline, address in
            var pipeline = pipeline
            var settings = RepositorySettings(name: mount.name, url: address.composer(mount.name))
            settings.authentication = authentication
            pipeline.settings.stages.sources = [try RepositorySource(settings)]
            if redirects { pipeline.settings.redirectHosts = ["localhost:\(address.port)"] }
            try await body(pipeline, settings)
        }
    }

    private func documents(_ pipeline: Pipeline) -> [String: [UInt8]] {
        pipeline.bucket().filter { $0.key.hasPrefix("p2/") }
    }

    @Test(arguments: TestDatabase.allCases, 0..<3)
    func `credentials go to the host of the repository, and not to where it redirects to`(
        _ database: TestDatabase,
        _ login: Int
    ) async throws {
        let (mine, theirs) = (Self.logins[login].1, Self.logins[login].0)
        let world = ComposerWorld(packages: 5)
        let mount = try ComposerMount("acme", .satis, world, authentication: theirs, redirects: true)
        try await self.with(mount, mine, on: database) { pipeline, _ in
            try await pipeline.round()
            #expect(self.documents(pipeline).count == 10)
            #expect(mount.requests.credentialsElsewhere == 0 && mount.requests.unauthorized == 0)
        }
    }

    @Test func `a redirect to a host that nobody allowed says what may allow it`() async throws {
        let (theirs, mine) = Self.logins[0]
        let world = ComposerWorld(packages: 2)
        let mount = try ComposerMount("acme", .satis, world, authentication: theirs, redirects: true)
        try await self.with(mount, mine, redirects: false) { pipeline, _ in
            try await pipeline.discover()
            try await pipeline.update()
            try await pipeline.sync()
            let errors = try await pipeline.store.failures(limit: 9).map(\.error)
            let runs = try await pipeline.store.runs(limit: 9).compactMap(\.error)
            #expect((errors + runs).contains { $0.contains("PACKLINE_REDIRECT_HOSTS") })
            #expect(self.documents(pipeline).isEmpty)
        }
    }

    @Test func `documents on another host than the root get no credentials`() async throws {
        let world = ComposerWorld(packages: 3)
        let login = Self.logins[2]
        let mount = try ComposerMount("acme", .satis, world, authentication: login.0)
        let folder = FileManager.default.temporaryDirectory.appending(path: "roots-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let root = try ComposerMount("root", .captures, world, authentication: login.0, folder: folder.path)
        try await Pipeline.with(.sqlite, world: .builtIn, composer: [mount, root]) { pipeline, address in
            var pipeline = pipeline
            let names = world.names.map { "\"\($0)\"" }.joined(separator: ",")
            let text = """
                {"packages":[],"metadata-url":"http://localhost:\(address.port)/acme/elsewhere/p2/%package%.json",
                "available-packages":[\(names)]}
                """
            try Data(text.utf8).write(to: folder.appending(path: "packages.json"))
            var settings = RepositorySettings(name: "acme", url: address.composer("root"))
            settings.authentication = login.1
            pipeline.settings.stages.sources = [try RepositorySource(settings)]
            try await pipeline.round()
            #expect(self.documents(pipeline).count == 6)
            #expect(mount.requests.credentialsElsewhere == 0 && root.requests.unauthorized == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P9: credentials that are refused name the source and what to do, and delete nothing`(
        _ database: TestDatabase
    ) async throws {
        let (theirs, mine) = Self.logins[1]
        let world = ComposerWorld(packages: 4)
        let mount = try ComposerMount("acme", .satis, world, authentication: theirs)
        try await self.with(mount, mine, on: database) { pipeline, settings in
            try await pipeline.round()
            let before = pipeline.bucket()
            for (wrong, words) in [
                (.bearer("old"), "refuses the credentials of composer:acme"),
                (nil, "set the authentication of composer:acme"),
            ] as [(RepositoryAuthentication?, String)] {
                var settings = settings
                settings.authentication = wrong
                var pipeline = pipeline
                pipeline.settings.stages.sources = [try RepositorySource(settings)]
                let outcome = try await pipeline.discover()
                #expect(outcome.exit == .failed && outcome.error?.contains(words) == true, "\(outcome.error ?? "")")
                try await pipeline.makeEverythingDue()
                let update = try await pipeline.update()
                #expect(update.exit != .done && update.error?.contains(words) == true, "\(update.error ?? "")")
                try await pipeline.sync()
                #expect(pipeline.bucket() == before)
            }
            try await pipeline.round()
            #expect(pipeline.bucket() == before)
        }
    }

    @Test func `a contact by mail is named as Packagist wants it, and no more than ten requests are under way`()
        async throws
    {
        let world = ComposerWorld(packages: 150)
        let mount = try ComposerMount("packagist", .packagist, world, enforcesEtiquette: true)
        try await RepositoryTests.with(.sqlite, [mount], configure: { $0.concurrency = 10 }) { pipeline in
            var pipeline = pipeline
            let refused = try await pipeline.discover()
            #expect(refused.error?.contains("PACKLINE_CONTACT") == true, "\(refused.error ?? "")")
            pipeline.settings.contact = "ops@example.org"
            mount.resetRequests()
            // So that requests meet each other.
            for route in ["composer-document", "composer-dev-document"] {
                pipeline.sandbox.fail(SandboxFault(.delay(milliseconds: 3), route: route))
            }
            try await pipeline.round()
            #expect(self.documents(pipeline).count == 300)
            #expect(mount.requests.refused == 0 && (2...10).contains(mount.requests.mostAtOnce))
        }
        #expect(
            Connections.userAgent(contact: "ops@example.org").hasSuffix("(Composer repository; mailto=ops@example.org)")
        )
        #expect(Connections.userAgent(contact: "https://example.org/@us").hasSuffix("; +https://example.org/@us)"))
    }
}
