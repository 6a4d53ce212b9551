import Command
import ComposerRepository
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P16 over documents of real repositories.
@Suite(.enabled(if: CaptureFolder.isThere, "no recorded data; PACKLINE_TEST_DATA names its folder"))
struct RecordedRepositoryTests {
    /// Publishes a folder, and looks at each document beside upstream's.
    ///
    /// - Returns: Those whose bytes are others.
    private func publish(
        _ database: TestDatabase,
        mount name: String,
        keepsPolicies: Bool,
        _ fill: (URL, String) throws -> Void
    ) async throws -> [String] {
        try await CaptureFolder.with { folder in
            let mount = try ComposerMount(name, captures: folder.path)
            return try await Pipeline.with(database, world: .builtIn, composer: [mount]) { pipeline, address in
                var pipeline = pipeline
                let url = address.composer(name)
                try fill(folder, String(url.dropLast(name.count + 1)))
                var source = try RepositorySource(RepositorySettings(name: name, url: url))
                source.keepsPolicies = keepsPolicies
                pipeline.settings.stages.sources = [source]
                try await pipeline.round()
                let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter {
                    $0.hasPrefix("p2/") && $0.hasSuffix(".json")
                }
                #expect(!paths.isEmpty && pipeline.documents.keys.sorted() == paths.sorted())
                var others: [String] = []
                for path in paths {
                    let upstream = Array(try Data(contentsOf: folder.appending(path: path)))
                    let published = try #require(pipeline.documents[path])
                    if published != upstream { others.append(path) }
                    #expect(try Pipeline.packages(published) == Pipeline.packages(upstream), "\(path)")
                }
                return others
            }
        }
    }

    @Test(arguments: TestDatabase.allCases, ["2025-01", "2025-10", "satis-2021"])
    func `P16: captured documents go through all stages byte for byte`(
        _ database: TestDatabase,
        _ capture: String
    ) async throws {
        let others = try await self.publish(database, mount: "captures", keepsPolicies: true) { folder, _ in
            _ = try CaptureFolder.layOut([capture], in: folder, mount: "captures")
        }
        #expect(others == [])
    }

    @Test func `P16: where advisories are announced elsewhere, the rest of a document stays as it was`() async throws {
        let others = try await self.publish(.sqlite, mount: "captures", keepsPolicies: false) { folder, _ in
            _ = try CaptureFolder.layOut(["2025-01"], in: folder, mount: "captures")
        }
        #expect(!others.isEmpty)
    }

    @Test(arguments: TestDatabase.allCases, ["v1-v2-includes-archives", "includes-v2-minified"])
    func `P16: both outputs of Satis go through all stages byte for byte`(
        _ database: TestDatabase,
        _ output: String
    ) async throws {
        let others = try await self.publish(database, mount: "sub", keepsPolicies: false) { folder, origin in
            try CaptureFolder.copySatis(output, to: folder, origin: origin)
        }
        #expect(others == [])
    }
}
