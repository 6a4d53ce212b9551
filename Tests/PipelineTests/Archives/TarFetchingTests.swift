import Command
import Composer
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// Archives of our own that are tars, from a Satis with checksums to what Composer installs without upstream.
@Suite struct TarFetchingTests {
    private func with(
        _ database: TestDatabase,
        _ body: (Pipeline, ComposerWorld) async throws -> Void
    ) async throws {
        let mount = try ComposerMount("acme", .satis, ComposerWorld(packages: 12), hasTars: true)
        try await RepositoryTests.with(database, [mount]) { pipeline in
            var pipeline = pipeline
            let url = pipeline.bucketURL
            pipeline.settings.stages.repositoryURL = url
            pipeline.keepArchives { $0 = ArchivePolicy(url: url) }
            pipeline.fetchesArchives = true
            try await pipeline.round()
            try await body(pipeline, mount.world)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: a tar is kept under the hash of its bytes and named as what it is, with upstream's checksum`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, _ in
            let (archives, url) = (pipeline.archives, pipeline.bucketURL)
            var forms: Set<String> = []
            for (path, document) in pipeline.documents where !path.hasSuffix("~dev.json") {
                let packages = try #require(try Pipeline.packages(document) as? [String: [[String: Any]]])
                for version in packages.values.flatMap(\.self) {
                    let dist = try #require(version["dist"] as? [String: String])
                    let key = try #require(dist["url"]).dropFirst(url.utf8.count + 1)
                    let bytes = try #require(archives[String(key)], "\(dist)")
                    let form = key.split(separator: ".", maxSplits: 1).last.map(String.init) ?? ""
                    let hash = ContentHash(of: bytes).hexadecimal
                    #expect(key == "dist/\(hash.prefix(2))/\(hash.dropFirst(2).prefix(2))/\(hash).\(form)")
                    #expect(dist["type"] == (form == "zip" ? "zip" : "tar"), "\(dist)")
                    #expect(dist["shasum"] == Pipeline.sha1(bytes))
                    forms.insert(form)
                }
            }
            #expect(forms == ["zip", "tar", "tar.gz"])
        }
    }

    @Test(arguments: [SandboxFault.Effect.truncated, .flipped, .htmlPage])
    func `P17: a tar that was spoilt on the way is not kept`(_ effect: SandboxFault.Effect) async throws {
        let mount = try ComposerMount("acme", .packagist, ComposerWorld(packages: 12), hasTars: true)
        try await RepositoryTests.with(.sqlite, [mount]) { pipeline in
            var pipeline = pipeline
            pipeline.keepArchives()
            pipeline.fetchesArchives = true
            pipeline.sandbox.fail(SandboxFault(effect, route: .composerArchive))
            try await pipeline.round()
            // A plain tar has no checksum but of its headers.
            #expect(pipeline.archives.keys.allSatisfy { effect == .flipped && $0.hasSuffix(".tar") })
            #expect(mount.requests.count(.composerArchive) > 0)
        }
    }

    @Test(.enabled(if: ComposerProject.isThere, "needs Debian's composer"))
    func `P13: Composer installs tars of ours while upstream is away`() async throws {
        try await self.with(.sqlite) { pipeline, world in
            pipeline.sandbox.fail(SandboxFault(.status(500), route: .composerArchive))
            let names = world.names.filter { world.newestVersion($0) != nil }
            let requires = Dictionary(names.map { ($0, "*") }) { $1 }
            let result = try await ComposerProject.update(pipeline.bucketURL, requires: requires)
            #expect(result.status == 0, "\(result.output)")
            for name in names { #expect(result.installed[name] == world.newestVersion(name)) }
        }
    }
}
