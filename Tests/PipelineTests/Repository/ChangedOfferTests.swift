import Composer
import Facts
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// Repositories that tell of changes in another way than before, or of some packages only.
@Suite struct ChangedOfferTests {
    private static let names = ["acme/a", "acme/b"]

    private func root(_ members: String) -> String {
        #"{"metadata-url":"/acme/p2/%package%.json","available-packages":["acme/a","acme/b"]\#(members)}"#
    }

    /// Writes a repository with a feed that tells nothing.
    private func writeFeed(_ repository: WrittenRepository, packages: String = "[]") throws {
        try repository.write("changes.json", #"{"actions":[],"timestamp":17000000000000}"#)
        try repository.write(
            "packages.json",
            self.root(#","metadata-changes-url":"/acme/changes.json","packages":\#(packages)"#)
        )
        for name in Self.names { try repository.writeDocuments(of: name) }
    }

    /// The root tells no changes any more: all is looked at once, and then in its period.
    private func expectLooks(
        _ pipeline: Pipeline,
        _ repository: WrittenRepository,
        reconciling: Bool = false
    ) async throws {
        try repository.write("packages.json", self.root(""))
        try repository.writeDocuments(of: "acme/a", "2.0.0")
        try await pipeline.round(reconciling: reconciling)
        #expect(try pipeline.versions("acme/a") == ["2.0.0"])
        #expect(try #require(try await pipeline.row("acme/b").dueInMilliseconds) > 60_000)
        repository.mount.resetRequests()
        try await pipeline.round()
        #expect(repository.mount.requests.total == 1, "it is settled")
    }

    @Test(arguments: TestDatabase.allCases, [true, false])
    func `without the feed that there was packages are looked at, once and then in their period`(
        _ database: TestDatabase,
        answers: Bool
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            try self.writeFeed(repository)
            try await pipeline.round()
            #expect(pipeline.documents.count == 4)
            #expect(try await pipeline.row("acme/a").dueInMilliseconds == nil)

            // One that is named no more, and still answers, is left when the listing is compared.
            if !answers { try repository.remove("changes.json") }
            try await self.expectLooks(pipeline, repository, reconciling: answers)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a feed is followed also while the root can't be read, and the listing is due`(
        _ database: TestDatabase
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            try self.writeFeed(repository)
            try await pipeline.round()
            #expect(try await pipeline.row("acme/a").dueInMilliseconds == nil)

            try repository.write("packages.json", "<html>")
            let action = #"{"type":"update","package":"acme/a","time":1700000001}"#
            try repository.write("changes.json", #"{"actions":[\#(action)],"timestamp":17000000010001}"#)
            let outcome = try await pipeline.discover(.reconciling)
            #expect(outcome.exit == .refused)
            #expect(try await pipeline.row("acme/a").dueInMilliseconds != nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `without the hashes that there were packages are looked at, once and then in their period`(
        _ database: TestDatabase
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            try self.writeFeed(repository)
            let packages = Self.names.map { #""\#($0)":[\#(WrittenRepository.version("1.0.0", of: $0))]"# }
            try repository.write("all.json", #"{"packages":{\#(packages.joined(separator: ","))}}"#)
            try repository.write("packages.json", self.root(#","includes":{"all.json":{"sha1":"1"}}"#))
            try await pipeline.round()
            #expect(pipeline.documents.count == 4)
            #expect(try await pipeline.row("acme/a").dueInMilliseconds == nil)

            try await self.expectLooks(pipeline, repository)
        }
    }

    /// Writes a repository of one file that keeps its name.
    private func writeFile(_ repository: WrittenRepository, _ version: String, isTree: Bool) throws {
        let packages = #"{"packages":{"acme/a":{"\#(version)":\#(WrittenRepository.version(version, of: "acme/a"))}}}"#
        guard isTree else {
            try repository.write("all.json", packages)
            let root = #"{"packages":[],"includes":{"all.json":{"sha1":"\#(version)"}}}"#
            return try repository.write("packages.json", root)
        }
        let listing = #"{"providers":{"acme/a":{"sha256":"\#(try repository.writeHashed("p/acme/a", packages))"}}}"#
        try repository.write("p/all.json", listing)
        let hash = ContentHash(of: Array(listing.utf8)).hexadecimal
        try repository.write(
            "packages.json",
            """
            {"packages":[],"providers-url":"/acme/p/%package%$%hash%.json",\
            "provider-includes":{"p/all.json":{"sha256":"\(hash)"}}}
            """
        )
    }

    @Test(arguments: TestDatabase.allCases, [true, false])
    func `a file that keeps its name is read again when another hash is announced of it`(
        _ database: TestDatabase,
        isTree: Bool
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            for version in ["1.0.0", "2.0.0", "1.0.0"] {
                try self.writeFile(repository, version, isTree: isTree)
                try await pipeline.round()
                #expect(try pipeline.versions("acme/a") == [version])
            }
            repository.mount.resetRequests()
            try await pipeline.round()
            #expect(repository.mount.requests.total == 1, "it is settled")
        }
    }

    @Test func `packages in a root beside a feed are looked at in their period, the others are not`() async throws {
        try await WrittenRepository.with { pipeline, repository in
            let inline = #"{"acme/b":[\#(WrittenRepository.version("3.0.0", of: "acme/b"))]}"#
            try self.writeFeed(repository, packages: inline)
            try await pipeline.round()
            #expect(try pipeline.versions("acme/b") == ["3.0.0"])
            #expect(try await pipeline.row("acme/a").dueInMilliseconds == nil)
            #expect(try #require(try await pipeline.row("acme/b").dueInMilliseconds) > 60_000)
        }
    }

    @Test func `P21: a feed that begins in the future is not followed, and blinds nobody once it has come back`()
        async throws
    {
        try await WrittenRepository.with { pipeline, repository in
            try self.writeFeed(repository)
            let ahead = (Int64(Date().timeIntervalSince1970) + 2 * 86_400) * 10_000
            try repository.write("changes.json", #"{"actions":[],"timestamp":\#(ahead)}"#)
            let outcome = try await pipeline.round(reconciling: true)
            #expect(outcome.exit == .failed && outcome.error?.contains("more than a day from now") == true)
            #expect(try await pipeline.feedCursor == nil)
            try self.writeFeed(repository)
            try await pipeline.round()
            #expect(try await pipeline.feedCursor == 17_000_000_000_000 && pipeline.documents.count == 4)
        }
    }

    /// Writes a tree of a listing for each package.
    private func writeTree(_ repository: WrittenRepository, packages: Int, changed: Int? = nil) throws {
        let listings = try (0..<packages).map { number in
            let name = "acme/p\(number)"
            let version = WrittenRepository.version(number == changed ? "2.0.0" : "1.0.0", of: name)
            let document = #"{"packages":{"\#(name)":{"1.0.0":\#(version)}}}"#
            let hash = try repository.writeHashed("p/\(name)", document)
            let listing = #"{"providers":{"\#(name)":{"sha256":"\#(hash)"}}}"#
            let ofListing = try repository.writeHashed("p/provider-\(number)", listing)
            return #""p/provider-\#(number)$%hash%.json":{"sha256":"\#(ofListing)"}"#
        }
        try repository.write(
            "packages.json",
            """
            {"packages":[],"providers-url":"/acme/p/%package%$%hash%.json",\
            "provider-includes":{\(listings.joined(separator: ","))}}
            """
        )
    }

    @Test(.timeLimit(.minutes(30)))
    func `P21: a tree with more listings than one stretch takes in comes to an end, and is kept track of`()
        async throws
    {
        try await WrittenRepository.with { pipeline, repository in
            try self.writeTree(repository, packages: 400)
            var configuration = DiscoverStage.Configuration()
            configuration.chunkSize = 150
            var outcome = try await pipeline.discover(configuration)
            #expect(outcome.exit == .done && outcome.counters["packages_changed"] == 400)

            try self.writeTree(repository, packages: 400, changed: 7)
            repository.mount.resetRequests()
            outcome = try await pipeline.discover(configuration)
            #expect(outcome.counters["packages_changed"] == 1)
            #expect(repository.mount.requests.total == 2, "the root and one listing")
        }
    }
}
