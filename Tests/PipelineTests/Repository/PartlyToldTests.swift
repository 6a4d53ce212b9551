import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// Repositories whose files do not tell of everything.
@Suite struct PartlyToldTests {
    private func include(_ names: [String], _ version: String) -> String {
        let packages = names.map { #""\#($0)":[\#(WrittenRepository.version(version, of: $0))]"# }
        return #"{"packages":{\#(packages.joined(separator: ","))}}"#
    }

    private func writeSatis(
        _ repository: WrittenRepository,
        a: String,
        sha1: String,
        names: [String] = ["acme/a"]
    ) throws {
        try repository.write("all$\(sha1).json", self.include(names, a))
        let available = Set(names + ["acme/a", "acme/b"]).sorted().map { "\"\($0)\"" }.joined(separator: ",")
        try repository.write(
            "packages.json",
            """
            {"packages":[],"metadata-url":"/acme/p2/%package%.json","available-packages":[\(available)],\
            "includes":{"all$\(sha1).json":{"sha1":"\(sha1)"}}}
            """
        )
    }

    /// Opens a pipeline over a Satis of `acme/a`, which an include tells of, and `acme/b`; both are published.
    private func withSatis(
        _ database: TestDatabase,
        _ body: (Pipeline, WrittenRepository) async throws -> Void
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            for name in ["acme/a", "acme/b"] { try repository.writeDocuments(of: name) }
            try self.writeSatis(repository, a: "1.0.0", sha1: "1")
            try await pipeline.round()
            try await body(pipeline, repository)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `of a Satis whose includes lack packages those are looked at in their period, the others when they change`(
        _ database: TestDatabase
    ) async throws {
        try await self.withSatis(database) { pipeline, repository in
            #expect(pipeline.documents.count == 4)
            #expect(try await pipeline.row("acme/a").dueInMilliseconds == nil)
            #expect(try #require(try await pipeline.row("acme/b").dueInMilliseconds) > 60_000)

            // Both change, and one is told of.
            for name in ["acme/a", "acme/b"] { try repository.writeDocuments(of: name, "2.0.0") }
            try self.writeSatis(repository, a: "2.0.0", sha1: "2")
            repository.mount.resetRequests()
            try await pipeline.round()
            #expect(try pipeline.versions("acme/a") == ["2.0.0"] && pipeline.versions("acme/b") == ["1.0.0"])
            // The root for each stage, the include, and two documents.
            #expect(repository.mount.requests.total == 5)
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(try pipeline.versions("acme/b") == ["2.0.0"])
            #expect(try #require(try await pipeline.row("acme/b").dueInMilliseconds) > 60_000)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `of a Satis behind a CDN the documents are waited for that an include has told of`(
        _ database: TestDatabase
    ) async throws {
        try await self.withSatis(database) { pipeline, repository in
            // One that has changed and one that is new: the documents are as before.
            try self.writeSatis(repository, a: "2.0.0", sha1: "2", names: ["acme/a", "acme/new"])
            try await pipeline.discover()
            let outcome = try await pipeline.update()
            #expect(outcome.counters["packages_behind"] == 2)
            for name in ["acme/a", "acme/new"] {
                #expect(try #require(try await pipeline.row(name).dueInMilliseconds) <= 15_000)
            }
            #expect(try await pipeline.behind == 2)

            for name in ["acme/a", "acme/new"] { try repository.writeDocuments(of: name, "2.0.0") }
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            for name in ["acme/a", "acme/new"] {
                #expect(try pipeline.versions(name) == ["2.0.0"])
                #expect(try await pipeline.row(name).dueInMilliseconds == nil)
            }
            #expect(try await pipeline.behind == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `an include that is again what it was before takes back what it told of meanwhile`(
        _ database: TestDatabase
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            try repository.writeDocuments(of: "acme/b")
            for (version, sha1) in [("1.0.0", "1"), ("2.0.0", "2"), ("1.0.0", "1")] {
                try repository.writeDocuments(of: "acme/a", version)
                try self.writeSatis(repository, a: version, sha1: sha1)
                try await pipeline.round()
                #expect(try pipeline.versions("acme/a") == [version])
            }
        }
    }

    @Test
    func `includes beside metadata-url count for nothing, as for Composer, also where there are packages in the root`()
        async throws
    {
        try await WrittenRepository.with { pipeline, repository in
            for name in ["acme/a", "acme/b"] { try repository.writeDocuments(of: name) }
            try repository.write("all.json", self.include(["acme/a"], "9.0.0"))
            let inline = #"{"acme/b":[\#(WrittenRepository.version("3.0.0", of: "acme/b"))]}"#
            try repository.write(
                "packages.json",
                """
                {"packages":\(inline),"metadata-url":"/acme/p2/%package%.json","available-packages":["acme/a","acme/b"],\
                "includes":{"all.json":{"sha1":"1"}}}
                """
            )
            try await pipeline.round()
            #expect(try pipeline.versions("acme/a") == ["1.0.0"] && pipeline.versions("acme/b") == ["3.0.0"])
        }
    }

    @Test func `what a tree has replaced since it was told of is asked for by the hash that it has now`() async throws {
        let world = ComposerWorld(packages: 5)
        let mount = try ComposerMount("tree", .providers, world)
        try await RepositoryTests.with(.sqlite, [mount]) { pipeline in
            try await pipeline.round()
            let name = world.name(2)
            try world.publish([name])
            try await pipeline.discover()
            // The file that was told of goes with it.
            try world.publish([name])
            let outcome = try await pipeline.update()
            try await pipeline.sync()
            #expect(outcome.exit == .done && outcome.counters["packages_doubted"] == nil)
            let newest = try #require(world.newestVersion(name))
            #expect(try pipeline.versions(name)?.contains(newest) == true)
        }
    }

    /// Writes a file for each level, each of which names the next one; the packages are in the first and the last.
    private func writeChain(_ repository: WrittenRepository, levels: Int, isTree: Bool) throws {
        var further = ""
        for level in (1...levels).reversed() {
            let names = level == 1 ? ["acme/first"] : level == levels ? ["acme/last"] : []
            if isTree {
                let providers = try names.map { name in
                    let version = WrittenRepository.version("1.0.0", of: name)
                    let hash = try repository.writeHashed(
                        "p/\(name)",
                        #"{"packages":{"\#(name)":{"1.0.0":\#(version)}}}"#
                    )
                    return #""\#(name)":{"sha256":"\#(hash)"}"#
                }
                let listing = #"{"providers":{\#(providers.joined(separator: ","))},"provider-includes":{\#(further)}}"#
                let hash = try repository.writeHashed("p/level\(level)", listing)
                further = #""p/level\#(level)$%hash%.json":{"sha256":"\#(hash)"}"#
            } else {
                let packages = self.include(names, "1.0.0").dropLast()
                try repository.write("level\(level)-\(levels).json", #"\#(packages),"includes":{\#(further)}}"#)
                further = #""level\#(level)-\#(levels).json":{"sha1":"\#(level)"}"#
            }
        }
        try repository.write(
            "packages.json",
            isTree
                ? #"{"packages":[],"providers-url":"/acme/p/%package%$%hash%.json","provider-includes":{\#(further)}}"#
                : #"{"packages":[],"includes":{\#(further)}}"#
        )
    }

    @Test(arguments: [true, false])
    func `P9: files that are too many or too deep delete nothing of what is in them`(_ isTree: Bool) async throws {
        try await WrittenRepository.with { pipeline, repository in
            try self.writeChain(repository, levels: 8, isTree: isTree)
            try await pipeline.round()
            let documents = pipeline.documents
            #expect(documents.count == 4)

            try self.writeChain(repository, levels: 9, isTree: isTree)
            let outcome = try await pipeline.round(reconciling: true)
            #expect(outcome.exit == .refused && outcome.error?.contains("more than 8 deep") == true)
            try await pipeline.settle()
            #expect(pipeline.documents == documents)

            try self.writeChain(repository, levels: 8, isTree: isTree)
            try await pipeline.makeEverythingDue()
            let mended = try await pipeline.round(reconciling: true)
            #expect(mended.exit == .done && pipeline.documents == documents)
        }
    }
}
