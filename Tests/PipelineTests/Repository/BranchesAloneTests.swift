import Composer
import Foundation
import Pipeline
import Store
import TestSupport
import Testing

/// Packages of which upstream has the document of the branches, and none of the releases (any more).
@Suite struct BranchesAloneTests {
    private static let branch = #"{"name":"acme/a","version":"dev-main","version_normalized":"dev-main"}"#

    private func write(_ repository: WrittenRepository) throws {
        try repository.write(
            "packages.json",
            #"{"packages":[],"metadata-url":"/acme/p2/%package%.json","available-packages":["acme/a"]}"#
        )
        try repository.writeDocuments(of: "acme/a")
        try repository.write("p2/acme/a~dev.json", #"{"packages":{"acme/a":[\#(Self.branch)]}}"#)
    }

    @Test(arguments: TestDatabase.allCases)
    func `P7: that the releases are gone is told to who follows, and the branches stay to be found`(
        _ database: TestDatabase
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            var pipeline = pipeline
            pipeline.updating = .credulous
            try self.write(repository)
            try await pipeline.round()
            var follower = try await self.poll(Follower(), pipeline)
            #expect(follower.files.keys.sorted() == ["acme/a", "acme/a~dev"])

            try repository.remove("p2/acme/a.json")
            try await pipeline.settle()
            follower = try await self.poll(follower, pipeline)
            #expect(follower.complaints == [] && follower.resyncs == 0)
            #expect(follower.files["acme/a"] == Array(#"{"packages":{"acme/a":[]}}"#.utf8))
            #expect(follower.files["acme/a~dev"] == pipeline.documents["p2/acme/a~dev.json"])
            #expect(try pipeline.versions("acme/a", isDev: true) == ["dev-main"])
            #expect(pipeline.text("packages.json")?.contains(#"available-packages":["acme/a"]"#) == true)

            try repository.remove("p2/acme/a~dev.json")
            try await pipeline.settle()
            follower = try await self.poll(follower, pipeline)
            #expect(follower.files.isEmpty && pipeline.documents.isEmpty)
        }
    }

    @Test(.enabled(if: ComposerProject.isThere, "needs Debian's composer"))
    func `Composer finds the branches of a package that has no releases`() async throws {
        try await WrittenRepository.with { pipeline, repository in
            try self.write(repository)
            let version = WrittenRepository.version("dev-main", of: "acme/a")
                .replacingOccurrences(of: "dev-main.0", with: "dev-main")
            try repository.write("p2/acme/a~dev.json", #"{"packages":{"acme/a":[\#(version)]}}"#)
            try repository.remove("p2/acme/a.json")
            try await pipeline.round()
            let result = try await RunningSite.with(pipeline.store) { port in
                try await ComposerProject.update(
                    "http://127.0.0.1:\(port)",
                    requires: ["acme/a": "dev-main"],
                    flags: ["--no-install"]
                )
            }
            #expect(result.status == 0, "\(result.output)")
            #expect(result.locked == ["acme/a": "dev-main"])
        }
    }

    @Test func `P23: releases that go count as withdrawn, though the package stays`() async throws {
        try await WrittenRepository.with { pipeline, repository in
            try self.write(repository)
            try await pipeline.round()
            try repository.remove("p2/acme/a.json")
            var pipeline = pipeline
            pipeline.updating.doubts.looksBeforeGone = 0
            pipeline.updating.withdrawals.packages = 0
            pipeline.updating.withdrawals.percent = 0
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(try pipeline.versions("acme/a") == ["1.0.0"])
            try await pipeline.confirmWithdrawals()
            try await pipeline.sync()
            #expect(try pipeline.versions("acme/a") == [])
        }
    }

    private func poll(_ follower: Follower, _ pipeline: Pipeline) async throws -> Follower {
        try await RunningSite.with(pipeline.store) { port in
            var follower = follower
            try await follower.poll(port: port)
            return follower
        }
    }
}
