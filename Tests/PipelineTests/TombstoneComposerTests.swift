import Command
import Composer
import Facts
import Foundation
import Pipeline
import Sandbox
import Site
import Store
import TestSupport
import Testing

/// What the real Composer makes of a closed package.
@Suite(.enabled(if: ComposerProject.isThere, "needs Debian's composer"))
struct TombstoneComposerTests {
    /// Another repository with the closed package's name, as somebody who fills a hole would have it.
    private static let other = """
        {"packages":{"wp-plugin/p":{"9.9.9":{"name":"wp-plugin/p","version":"9.9.9","type":"metapackage"}}}}
        """

    @Test func `Composer prints why a package is closed, and takes it from no other repository`() async throws {
        let world = SandboxWorld()
        try world.add(.plugins, SandboxPackage(slug: "p"), tags: ["1.0"])
        try await Pipeline.with(.sqlite, world: world, sources: "wordpress-plugins") { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.publication.closedPolicy = .tombstone
            try await pipeline.round(.fromTheStart)
            try world.close(slug: "p", SandboxClosure(date: "2024-03-21", reason: "security-issue"))
            for _ in 1...2 {
                try await pipeline.makeEverythingDue()
                try await pipeline.update()
            }
            try await pipeline.sync()
            let folder = FileManager.default.temporaryDirectory.appending(path: "other-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            try Data(Self.other.utf8).write(to: folder.appending(path: "packages.json"))
            try await RunningSite.with(pipeline.store) { port in
                let url = "http://127.0.0.1:\(port)"
                let requires = ["wp-plugin/p": "*"]
                let outcome = try await ComposerProject.update(
                    url,
                    requires: requires,
                    others: ["file://\(folder.path)"]
                )
                #expect(outcome.status == 2, "\(outcome.output)")
                #expect(outcome.locked.isEmpty)
                let lines = outcome.output.split(separator: "\n").filter { $0.contains("was closed upstream") }
                // Of the releases, and of the branches, which it looks at to explain why nothing was found.
                #expect(lines.count == 2, "\(outcome.output)")
                #expect(lines.first?.contains("closed upstream on 2024-03-21, reason: security-issue.") == true)
            }
        }
    }
}
