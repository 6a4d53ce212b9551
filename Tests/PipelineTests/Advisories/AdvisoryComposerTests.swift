import Command
import Composer
import Facts
import Foundation
import Pipeline
import Sandbox
import Site
import TestSupport
import Testing

/// The real Composer's `audit`, in each of the ways that it can be told of advisories.
@Suite(.enabled(if: ComposerProject.isThere, "needs Debian's composer")) struct AdvisoryComposerTests {
    enum Way: CaseIterable, Sendable { case separate, inline, api }

    /// What plugins require, which no repository here has.
    private static let provides = ["composer/installers": "2.3.0"]
    private static let names = (0..<20).map { "wp-plugin/plugin-\($0)" }

    private static func requires(_ version: String) -> [String: String] {
        Dictionary(uniqueKeysWithValues: Self.names.map { ($0, version) })
    }

    /// A repository of 20 plugins, of each of which version 1 has a known issue.
    private func with(
        _ database: TestDatabase,
        _ way: Way,
        _ body: (_ url: String, _ repositories: [String]) async throws -> Void
    ) async throws {
        let world = SandboxWorld()
        for number in 0..<20 {
            try world.add(.plugins, SandboxPackage(slug: "plugin-\(number)"), tags: ["1.0", "1.1", "2.0"])
        }
        try await Pipeline.with(database, world: world, sources: "wordpress-plugins") { pipeline in
            let feed = ScriptedFeed()
            feed.advisories = try (0..<20).map {
                try .about(plugin: "plugin-\($0)", "A\($0)", affected: "<1.1|>=1.1-beta,<2.0")
            }
            var pipeline = pipeline.with(way == .separate ? .separate : .inline, [feed])
            var configuration = Site.Configuration()
            configuration.advisoryFeeds = [feed.name]
            try await RunningSite.with(pipeline.store, configuration: configuration) { port in
                let url = "http://127.0.0.1:\(port)"
                if way == .api { pipeline.settings.stages.publicURL = url }
                try await pipeline.round()
                try await body(url, way == .separate ? ["\(url)/advisories", url] : [url])
            }
        }
    }

    @Test(arguments: TestDatabase.allCases, Way.allCases)
    func `P20: composer audit finds what is affected, and nothing where nothing is`(
        _ database: TestDatabase,
        _ way: Way
    ) async throws {
        try await self.with(database, way) { _, repositories in
            try await ComposerProject.with(repositories[0], requires: [:]) { project in
                for (version, count) in [("1.0", 20), ("1.1", 20), ("2.0", 0)] {
                    try project.point(
                        to: repositories[0],
                        requires: Self.requires(version),
                        others: Array(repositories.dropFirst()),
                        provides: Self.provides
                    )
                    let update = try await project.run("update", ["--no-install", "--no-audit"])
                    #expect(update.status == 0 && update.locked == Self.requires(version), "\(update.output)")
                    let audit = try await project.run("audit", ["--locked", "--format=plain"])
                    #expect((audit.status == 0) == (count == 0), "\(audit.output)")
                    let found = Self.names.filter { audit.output.contains("Package: \($0)\n") }
                    #expect(found.count == count, "\(version): \(audit.output)")
                }
            }
        }
    }

    @Test func `what resolves is the same with and without a repository of advisories`() async throws {
        try await self.with(.sqlite, .separate) { url, repositories in
            var locks: [Data] = []
            for repositories in [[url], repositories] {
                try await ComposerProject.with(url, requires: [:]) { project in
                    try project.point(
                        to: repositories[0],
                        requires: Self.requires("^1.0"),
                        others: Array(repositories.dropFirst()),
                        provides: Self.provides
                    )
                    let update = try await project.run("update", ["--no-install"])
                    #expect(update.status == 0, "\(update.output)")
                    let lock = try JSONSerialization.jsonObject(with: Data(contentsOf: project.lock)) as? [String: Any]
                    let packages = try #require(lock?["packages"])
                    locks.append(try JSONSerialization.data(withJSONObject: packages, options: .sortedKeys))
                }
            }
            #expect(locks.count == 2 && locks[0] == locks[1])
        }
    }
}
