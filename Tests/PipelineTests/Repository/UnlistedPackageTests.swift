import Command
import ComposerRepository
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// Packages that what names all of them lacks, while their documents still answer.
@Suite struct UnlistedPackageTests {
    private static let names = (10..<50).map { "acme/p\($0)" }

    private func writeList(_ repository: WrittenRepository, _ names: some Sequence<String>) throws {
        let list = names.map { "\"\($0)\"" }.joined(separator: ",")
        try repository.write(
            "packages.json",
            #"{"packages":[],"metadata-url":"/acme/p2/%package%.json","available-packages":[\#(list)]}"#
        )
    }

    private func writeTree(_ repository: WrittenRepository, _ names: some Sequence<String>) throws {
        let providers = try names.map { name in
            let version = WrittenRepository.version("1.0.0", of: name)
            let hash = try repository.writeHashed("p/\(name)", #"{"packages":{"\#(name)":{"1.0.0":\#(version)}}}"#)
            return #""\#(name)":{"sha256":"\#(hash)"}"#
        }
        let listing = #"{"providers":{\#(providers.joined(separator: ","))}}"#
        let hash = try repository.writeHashed("p/all", listing)
        try repository.write(
            "packages.json",
            """
            {"packages":[],"providers-url":"/acme/p/%package%$%hash%.json",\
            "provider-includes":{"p/all$%hash%.json":{"sha256":"\(hash)"}}}
            """
        )
    }

    private func write(_ repository: WrittenRepository, _ names: some Sequence<String>, isTree: Bool) throws {
        if isTree { try self.writeTree(repository, names) } else { try self.writeList(repository, names) }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a package that is new is asked for, though the list that update has read lacks it`(
        _ database: TestDatabase
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            for name in Self.names { try repository.writeDocuments(of: name) }
            try self.writeList(repository, Self.names.dropLast())
            try await pipeline.round()
            try self.writeList(repository, Self.names)
            var reconcile = DiscoverStage.Configuration()
            reconcile.reconciles = true
            try await pipeline.discover(reconcile)
            // A replica that is behind, or a run that has read it before.
            try self.writeList(repository, Self.names.dropLast())
            try await pipeline.update()
            try await pipeline.sync()
            #expect(pipeline.documents["p2/acme/p49.json"] != nil)
        }
    }

    @Test(arguments: TestDatabase.allCases, [false, true])
    func `a package that is listed no more goes after three looks, though its document is there, and comes back`(
        _ database: TestDatabase,
        isTree: Bool
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            for name in Self.names { try repository.writeDocuments(of: name) }
            try self.write(repository, Self.names, isTree: isTree)
            try await pipeline.round()
            let documents = pipeline.documents
            #expect(documents.count == 80)

            try self.write(repository, Self.names.dropLast(), isTree: isTree)
            for _ in 1...2 {
                try await pipeline.round(reconciling: true)
                #expect(pipeline.documents == documents, "it has to be said again")
            }
            try await pipeline.round(reconciling: true)
            let gone = ["p2/acme/p49.json", "p2/acme/p49~dev.json"]
            #expect(pipeline.documents == documents.filter { !gone.contains($0.key) })
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(pipeline.documents.count == 78, "its document is still there")

            try self.write(repository, Self.names, isTree: isTree)
            try await pipeline.makeEverythingDue()
            try await pipeline.round()
            #expect(pipeline.documents == documents)
        }
    }

    @Test(arguments: TestDatabase.allCases, [false, true])
    func `P9: what is shorter than a listing may be takes nothing away, and neither does what can't be read`(
        _ database: TestDatabase,
        isTree: Bool
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            for name in Self.names { try repository.writeDocuments(of: name) }
            try self.write(repository, Self.names, isTree: isTree)
            try await pipeline.round()
            let documents = pipeline.documents
            for count in [37, 20, 0] {
                try self.write(repository, Self.names.prefix(count), isTree: isTree)
                // An empty list of available packages is none.
                let exit: StageExit = count == 0 && !isTree ? .failed : .refused
                #expect(try await pipeline.round(reconciling: true).exit == exit, "\(count)")
                try await pipeline.settle()
                #expect(pipeline.documents == documents, "\(count)")
            }
            if isTree {
                try self.write(repository, Self.names.dropLast(), isTree: true)
                pipeline.sandbox.fail(SandboxFault(.status(500), route: "composer-*", pattern: "*/p/all*"))
                try await pipeline.settle()
                #expect(pipeline.documents == documents)
            }
        }
    }

    @Test func `of few names that are wanted their documents decide`() async throws {
        try await WrittenRepository.with { pipeline, repository in
            var pipeline = pipeline
            let source = try #require(pipeline.settings.stages.sources.first as? RepositorySource)
            var settings = source.settings
            settings.only = NameSelection(names: ["acme/p10", "acme/p11"])
            pipeline.settings.stages.sources = [try RepositorySource(settings)]
            for name in ["acme/p10", "acme/p11"] { try repository.writeDocuments(of: name) }
            try self.writeList(repository, Self.names)
            try await pipeline.round()
            try self.writeList(repository, Self.names.dropFirst())
            try await pipeline.settle()
            #expect(pipeline.documents.count == 4)
        }
    }
}
