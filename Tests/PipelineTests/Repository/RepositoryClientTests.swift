import Command
import ComposerRepository
import Foundation
import ObjectStorage
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// The real Composer, from what the stages made of other repositories.
@Suite(.enabled(if: ComposerProject.isThere, "needs Debian's composer")) struct RepositoryClientTests {
    @Test(arguments: ComposerShape.allCases.filter { $0 != .captures && $0 != .lazy })
    func `Composer installs from a mirror of each shape, branches too`(_ shape: ComposerShape) async throws {
        let world = ComposerWorld(packages: 20)
        let mount = try ComposerMount("shop", shape, world)
        try await RepositoryTests.with(.sqlite, [mount]) { pipeline in
            try await pipeline.round()
            let stable = world.names.filter { world.newestVersion($0) != nil }.suffix(2)
            let branch = try #require(world.names.first { !stable.contains($0) })
            let requires = Dictionary(stable.map { ($0, "*") } + [(branch, "dev-main")]) { $1 }
            let result = try await RunningSite.with(pipeline.store) { port in
                try await ComposerProject.update("http://127.0.0.1:\(port)", requires: requires)
            }
            #expect(result.status == 0, "\(result.output)")
            for name in stable { #expect(result.installed[name] == world.newestVersion(name)) }
            #expect(result.installed[branch] == "dev-main")
        }
    }
}

@Suite(
    .enabled(if: ComposerProject.isThere, "needs Debian's composer"),
    .enabled(if: TestData.recordedIsThere, "no recorded data; PACKLINE_TEST_DATA names its folder")
)
struct RecordedRepositoryClientTests {
    private func update(
        mount name: String,
        requires: [String: String],
        flags: [String] = [],
        _ fill: (URL, String) throws -> Void
    ) async throws -> ComposerProject.Outcome {
        try await CaptureFolder.with { folder in
            let mount = try ComposerMount(name, captures: folder.path)
            return try await Pipeline.with(.sqlite, world: .builtIn, composer: [mount]) { pipeline, address in
                var pipeline = pipeline
                let url = address.composer(name)
                try fill(folder, String(url.dropLast(name.count + 1)))
                pipeline.settings.stages.sources = [try RepositorySource(RepositorySettings(name: name, url: url))]
                try await pipeline.round()
                return try await RunningSite.with(pipeline.store) { port in
                    try await ComposerProject.update("http://127.0.0.1:\(port)", requires: requires, flags: flags)
                }
            }
        }
    }

    @Test func `Composer resolves from a mirror of captured documents of Packagist`() async throws {
        let wanted = ["psr/log", "doctrine/inflector", "symfony/polyfill-php80", "composer/metadata-minifier"]
        let result = try await self.update(
            mount: "packagist",
            requires: Dictionary(wanted.map { ($0, "*") }) { $1 },
            flags: ["--no-install"]
        ) { folder, _ in
            _ = try CaptureFolder.layOut(["2025-01", "satis-2021"], in: folder, mount: "packagist")
        }
        #expect(result.status == 0, "\(result.output)")
        #expect(result.locked.keys.sorted() == wanted.sorted())
        #expect(result.locked["psr/log"] == "3.0.2")
    }

    @Test func `Composer installs from a mirror of a Satis with archives`() async throws {
        let result = try await self.update(mount: "sub", requires: ["acme/a": "*", "acme/b": "dev-main"]) {
            try CaptureFolder.copySatis("v1-v2-includes-archives", to: $0, origin: $1)
        }
        #expect(result.status == 0, "\(result.output)")
        #expect(result.installed == ["acme/a": "v1.1.0", "acme/b": "dev-main"])
    }

    @Test func `Composer resolves from a mirror of a Satis that minifies`() async throws {
        let result = try await self.update(
            mount: "sub",
            requires: ["acme/a": "*", "acme/b": "dev-main"],
            flags: ["--no-install"]
        ) {
            try CaptureFolder.copySatis("includes-v2-minified", to: $0, origin: $1)
        }
        #expect(result.status == 0, "\(result.output)")
        #expect(result.locked == ["acme/a": "v1.1.0", "acme/b": "dev-main"])
    }
}
