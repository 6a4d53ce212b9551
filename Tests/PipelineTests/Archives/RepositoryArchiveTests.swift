import Command
import Composer
import Facts
import Foundation
import Pipeline
import Store
import TestSupport
import Testing

/// Archives of a Composer repository's packages, through the stages.
@Suite struct RepositoryArchiveTests: KeptRepository {
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
            // Nothing depends on what was derived before (P5).
            var forced = StageOptions()
            forced.isForced = true
            #expect(try await pipeline.update(options: forced).counters[.documentsChanged, default: 0] == 0)
            try await pipeline.store([second])
            try await pipeline.sync()
            #expect(try await pipeline.update(options: forced).counters[.documentsChanged, default: 0] == 0)
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
    func `P18: a version whose archive is too large waits for nothing, and has upstream's`(
        _ database: TestDatabase
    ) async throws {
        func limited(_ bytes: Int64) -> (inout ArchivePolicy) -> Void {
            { policy in (policy.untilArchived, policy.maxBytes) = (.hold, bytes) }
        }
        try await self.with(database, limited(10)) { pipeline, repository in
            let text = self.text([("1.0.0", "a\\u0000"), ("0.9.0", "a")])
            try repository.write(self.main, text)
            try await pipeline.round()
            // What can't be kept is no reason to keep a version back.
            #expect(try pipeline.versions("acme/kit") == ["1.0.0"])
            let claims = try await pipeline.claimArchives()
            try await pipeline.store.failArchives(
                claims.map { ArchiveFailure(claim: $0, error: "large", retryMilliseconds: 0, exceededBytes: 10) }
            )
            try await pipeline.sync()
            #expect(claims.count == 1 && pipeline.text(self.main) == text)
            #expect(try await pipeline.claimArchives().isEmpty)
            var larger = pipeline
            larger.keepArchives(limited(11))
            try await larger.round()
            #expect(try pipeline.versions("acme/kit") == ["1.0.0"])
            #expect(try await pipeline.claimArchives().count == 1)
        }
    }
}
