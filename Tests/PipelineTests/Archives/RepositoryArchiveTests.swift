import Command
import Composer
import Facts
import Foundation
import Pipeline
import Store
import TestSupport
import Testing

/// Archives of a Composer repository's packages, through the stages.
@Suite struct RepositoryArchiveTests {
    private let main = "p2/acme/kit.json"

    private func dist(_ version: String, _ reference: String) -> String {
        #""dist":{"type":"zip","url":"https://acme.example/\#(version)-\#(reference).zip","reference":"\#(reference)"}"#
    }

    private func text(_ versions: [(String, String)], isDev: Bool = false) -> String {
        let list = versions.map { version, reference in
            let normalized = isDev ? version : "\(version).0"
            return """
                {"name":"acme/kit","version":"\(version)","version_normalized":"\(normalized)",\(self.dist(version, reference))}
                """
        }
        return #"{"packages":{"acme/kit":[\#(list.joined(separator: ", "))]}}"#
    }

    private func with(
        _ database: TestDatabase,
        _ change: (inout ArchivePolicy) -> Void = { _ in },
        _ body: (Pipeline, WrittenRepository) async throws -> Void
    ) async throws {
        try await WrittenRepository.with(database) { pipeline, repository in
            try repository.write(
                "packages.json",
                #"{"metadata-url":"/acme/p2/%package%.json","available-packages":["acme/kit"]}"#
            )
            try repository.write("p2/acme/kit~dev.json", self.text([("dev-main", "d")], isDev: true))
            var pipeline = pipeline
            pipeline.keepArchives(change)
            try await body(pipeline, repository)
        }
    }

    private func lookAgain(_ pipeline: Pipeline) async throws {
        try await pipeline.makeEverythingDue()
        try await pipeline.round()
    }

    @Test(arguments: TestDatabase.allCases)
    func `P16: archives that have come are named by sync, which asks no upstream, and nothing else changes`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, repository in
            let versions = [("3.0.0", "c"), ("2.0.0", "b"), ("1.0.0", "a")]
            let text = self.text(versions)
            try repository.write(self.main, text)
            try await pipeline.round()
            #expect(pipeline.text(self.main) == text, "none is there yet")
            let claims = try await pipeline.claimArchives()
            #expect(claims.map(\.archive.version).sorted() == ["1.0.0.0", "2.0.0.0", "3.0.0.0"])
            let failed = try #require(claims.first { $0.archive.version == "2.0.0.0" })
            try await pipeline.store(claims.filter { $0 != failed })
            // Nothing is derived while another is on its way.
            try await pipeline.sync()
            #expect(pipeline.text(self.main) == text)
            try await pipeline.store.failArchives([
                ArchiveFailure(claim: failed, error: "status 404", retryMilliseconds: 3_600_000)
            ])
            try repository.remove(self.main)
            let outcome = try await pipeline.sync()
            #expect(outcome.exit == .done && outcome.counters[.versionsArchived] == 2)
            var expected = text
            for claim in claims where claim != failed {
                expected = expected.replacing(#""url":"\#(claim.archive.url)""#, with: claim.ours)
            }
            #expect(pipeline.text(self.main) == expected)
            let branches = self.text([("dev-main", "d")], isDev: true)
            #expect(pipeline.text("p2/acme/kit~dev.json") == branches)
            #expect(try await pipeline.store.derivableCount(source: claims[0].source) == 0)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P17: a moved tag keeps its reference and archive until the new one is there, and a rename changes nothing`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, repository in
            try repository.write(self.main, self.text([("1.0.0", "a")]))
            try await pipeline.round()
            let first = try #require(try await pipeline.claimArchives().first)
            try await pipeline.store([first])
            try await pipeline.sync()
            let published = pipeline.text(self.main)
            #expect(published?.contains(first.ours) == true)
            // The repository is called otherwise.
            try repository.write(
                self.main,
                self.text([("1.0.0", "a")]).replacing("acme.example", with: "renamed.example")
            )
            try await self.lookAgain(pipeline)
            #expect(pipeline.text(self.main) == published)
            #expect(try await pipeline.claimArchives().isEmpty)
            // The tag moves.
            try repository.write(self.main, self.text([("1.0.0", "b")]))
            try await self.lookAgain(pipeline)
            #expect(pipeline.text(self.main) == published)
            let second = try #require(try await pipeline.claimArchives().first)
            #expect(second.archive.reference == "b")
            try await pipeline.store([second])
            try await pipeline.sync()
            #expect(pipeline.text(self.main)?.contains(second.ours + #","reference":"b""#) == true)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a version waits for its first archive where that is set`(_ database: TestDatabase) async throws {
        try await self.with(database, { $0.untilArchived = .hold }) { pipeline, repository in
            try repository.write(self.main, self.text([("2.0.0", "b"), ("1.0.0", "a")]))
            try await pipeline.discover()
            let outcome = try await pipeline.update()
            #expect(outcome.counters[.versionsHeld] == 2)
            try await pipeline.sync()
            #expect(try pipeline.versions("acme/kit") == [])
            let claims = try await pipeline.claimArchives()
            try await pipeline.store(claims.filter { $0.archive.version == "1.0.0.0" })
            try await pipeline.store.postponeArchives(
                claims.filter { $0.archive.version == "2.0.0.0" }.map { ($0, 3_600_000) }
            )
            _ = try await pipeline.store.engine.write { session in
                try session.execute("UPDATE packages SET derive_at_ms = 0 WHERE derive_at_ms IS NOT NULL")
            }
            try await pipeline.sync()
            #expect(try pipeline.versions("acme/kit") == ["1.0.0"])
            // A new one does not take the old one away.
            try repository.write(self.main, self.text([("3.0.0", "c"), ("1.0.0", "a")]))
            try await self.lookAgain(pipeline)
            #expect(try pipeline.versions("acme/kit") == ["1.0.0"])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `turned off, documents are upstream's again, and turned on nothing is fetched twice`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, repository in
            let text = self.text([("1.0.0", "a")])
            try repository.write(self.main, text)
            try await pipeline.round()
            try await pipeline.store(try await pipeline.claimArchives())
            try await pipeline.sync()
            let published = pipeline.text(self.main)
            #expect(published != text)
            var off = pipeline
            off.settings.stages.archives.policies = [:]
            try await off.round()
            #expect(pipeline.text(self.main) == text)
            // The key in the bucket stays known.
            #expect(try await pipeline.store.archiveTotals().count == 1)
            try await pipeline.round()
            #expect(pipeline.text(self.main) == published)
            #expect(try await pipeline.claimArchives().isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P4: without change no row is written, however many archives there are`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, repository in
            try repository.write(self.main, self.text([("2.0.0", "b"), ("1.0.0", "a")]))
            try await pipeline.round()
            try await pipeline.store(try await pipeline.claimArchives())
            try await pipeline.round()
            func archives() async throws -> [String] {
                try await pipeline.store.engine.read { session in
                    try session.rows("SELECT * FROM archives").map { "\($0.values)" }.sorted()
                }
            }
            let before = (try await pipeline.rows(), try await archives())
            for _ in 1...2 { try await pipeline.round() }
            let after = (try await pipeline.rows(), try await archives())
            #expect(before.0 == after.0 && before.1 == after.1)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `another address of archives derives all again, and says what old locks need`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, repository in
            try repository.write(self.main, self.text([("1.0.0", "a")]))
            try await pipeline.round()
            try await pipeline.store(try await pipeline.claimArchives())
            try await pipeline.sync()
            var moved = pipeline
            moved.keepArchives { $0.url = "https://elsewhere.example" }
            // Who has other settings than those that documents were derived under leaves them alone.
            try await moved.sync()
            #expect(pipeline.text(self.main)?.contains(Self.former) == true)
            let outcome = try await moved.update()
            #expect(outcome.notes.contains { $0.contains("https://elsewhere.example") && $0.contains(Self.former) })
            try await moved.sync()
            #expect(pipeline.text(self.main)?.contains("https://elsewhere.example/dist/") == true)
            #expect(try await moved.update().notes.allSatisfy { !$0.contains(Self.former) })
        }
    }

    private static let former = Pipeline.archivesURL
}
