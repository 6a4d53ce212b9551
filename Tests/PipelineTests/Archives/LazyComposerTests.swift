import Command
import Foundation
import Pipeline
import TestSupport
import Testing

/// The real Composer, which knows nothing of `lazy` but the mirror that the root names.
@Suite(.enabled(if: ComposerProject.isThere, "needs Debian's composer")) struct LazyComposerTests {
    private static let requires = ["acme/kit": "2.0.0"]

    /// With the address of a `serve` that runs.
    private func with(
        _ lazy: LazyRepository,
        _ body: (ComposerProject) async throws -> Void
    ) async throws {
        try await lazy.serving { sites in
            let url = "http://127.0.0.1:\(sites[0].port)"
            var published = lazy.pipeline
            published.settings.stages.publicURL = url
            try await published.sync()
            try await ComposerProject.with(url, requires: Self.requires) { try await body($0) }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P13: what was installed once installs again when upstream's archives are gone`(
        _ database: TestDatabase
    ) async throws {
        try await LazyRepository.with(database) { lazy, _ in
            try await self.with(lazy) { project in
                let first = try await project.run("update")
                #expect(first.status == 0 && first.installed == Self.requires, "\(first.output)")
                #expect(lazy.fetches == 1)
                lazy.archives.answer { _ in .status(404) }
                let second = try await project.run("install")
                #expect(second.status == 0 && second.installed == Self.requires, "\(second.output)")
                #expect(lazy.fetches == 1)
            }
        }
    }

    @Test func `P13: what is not there in time is installed from upstream`() async throws {
        try await LazyRepository.with(.sqlite) { lazy, _ in
            var lazy = lazy
            lazy.pipeline.settings.delivery.waitSeconds = 0
            let (held, release) = AsyncStream<Void>.makeStream()
            // What serve asks for comes when Composer has got its own.
            lazy.archives.answer { request in
                if "\(request.headers)".contains("Packline/") { for await _ in held {} }
                return .answer(200, body: LazyRepository.zip(request.uri))
            }
            try await self.with(lazy) { project in
                let outcome = try await project.run("update")
                #expect(outcome.status == 0 && outcome.installed == Self.requires, "\(outcome.output)")
                release.finish()
            }
        }
    }
}
