import Command
import ComposerRepository
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// P16 over documents of real repositories.
@Suite(.enabled(if: TestData.recordedIsThere, "no recorded data; PACKLINE_TEST_DATA names its folder"))
struct RecordedRepositoryTests {
    /// Publishes a folder, and looks at each document beside upstream's.
    ///
    /// - Returns: Those whose bytes are others without need.
    private func publish(
        _ database: TestDatabase,
        mount name: String,
        _ fill: (URL, String) throws -> Void
    ) async throws -> [String] {
        try await CaptureFolder.with { folder in
            let mount = try ComposerMount(name, captures: folder.path)
            return try await Pipeline.with(database, world: .builtIn, composer: [mount]) { pipeline, address in
                var pipeline = pipeline
                let url = address.composer(name)
                try fill(folder, String(url.dropLast(name.count + 1)))
                pipeline.settings.stages.sources = [try RepositorySource(RepositorySettings(name: name, url: url))]
                try await pipeline.round()
                let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter {
                    $0.hasPrefix("p2/") && $0.hasSuffix(".json")
                }
                #expect(!paths.isEmpty && pipeline.documents.keys.sorted() == paths.sorted())
                var others: [String] = []
                for path in paths {
                    let upstream = Array(try Data(contentsOf: folder.appending(path: path)))
                    let published = try #require(pipeline.documents[path])
                    // Advisories are cut where the root does not announce them; no other byte is another.
                    let hasAdvisories = String(decoding: upstream, as: UTF8.self).contains("\"security-advisories\"")
                    if published != upstream, !hasAdvisories { others.append(path) }
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
        let others = try await self.publish(database, mount: "captures") { folder, _ in
            _ = try CaptureFolder.layOut([capture], in: folder, mount: "captures")
        }
        #expect(others == [])
    }

    @Test(arguments: TestDatabase.allCases, ["v1-v2-includes-archives", "includes-v2-minified"])
    func `P16: both outputs of Satis go through all stages byte for byte`(
        _ database: TestDatabase,
        _ output: String
    ) async throws {
        let others = try await self.publish(database, mount: "sub") { folder, origin in
            try CaptureFolder.copySatis(output, to: folder, origin: origin)
        }
        #expect(others == [])
    }
}
