import Archives
import Command
import Composer
import Crypto
import Facts
import Foundation
import ObjectStorage
import Pipeline
import Store
import TestSupport
import Testing
import Upstream

/// What tests of archives do in the place of those who fetch.
extension Pipeline {
    static let archivesURL = "https://archives.example"

    mutating func keepArchives(_ change: (inout ArchivePolicy) -> Void = { _ in }) {
        var policy = ArchivePolicy(url: Self.archivesURL)
        change(&policy)
        for source in self.settings.stages.sources { self.settings.stages.archives.policies[source.name] = policy }
    }

    func claimArchives() async throws -> [ClaimedArchive] {
        let run = try await self.store.beginRun(.sync, worker: "test", version: "test")
        var claims: [ClaimedArchive] = []
        for source in self.settings.stages.sources {
            claims += try await self.store.claimArchives(
                source: source.name,
                limit: 1_000,
                run: run,
                leaseMilliseconds: 60_000
            )
        }
        return claims
    }

    /// Stores what is claimed as if it had been fetched: its bytes are version and reference.
    @discardableResult
    func store(_ claims: [ClaimedArchive]) async throws -> WrittenArchives {
        try await self.withBucket { objects in
            for claim in claims { _ = try await objects.put(ObjectUpload(key: claim.key, bytes: claim.bytes)) }
        }
        return try await self.store.finishArchives(claims.map(\.imagined), run: 1)
    }

    /// Records that upstream has none of what is claimed.
    func miss(_ claims: [ClaimedArchive]) async throws {
        try await self.store.failArchives(
            claims.map { ArchiveFailure(claim: $0, error: "not found", retryMilliseconds: 0, isAbsent: true) }
        )
    }

    /// As if the database's clock had gone on since archives were fetched.
    func passArchiveTime(milliseconds: Int64 = 600_000) async throws {
        _ = try await self.store.engine.write { session in
            try session.execute("UPDATE archives SET fetched_at_ms = fetched_at_ms - \(milliseconds)")
            try session.execute("UPDATE archives SET absent_since_ms = absent_since_ms - \(milliseconds)")
            try session.execute("UPDATE archives SET due_at_ms = due_at_ms - \(milliseconds)")
        }
    }
}

extension ClaimedArchive {
    var bytes: [UInt8] { Array("\(self.archive.version) \(self.archive.reference ?? "")".utf8) }

    var key: String { ArchiveKey(sha256: ContentHash(of: self.bytes), kind: .zip).description }

    var imagined: StoredArchive {
        StoredArchive(
            claim: self,
            key: self.key,
            sha256: ContentHash(of: self.bytes),
            sha1: Array(Insecure.SHA1.hash(data: self.bytes)),
            size: Int64(self.bytes.count),
            kind: "zip",
            etag: nil,
            fetchedFrom: self.archive.url,
            lastModifiedMilliseconds: nil
        )
    }

    /// As a document names it.
    var ours: String { #""url":"\#(Pipeline.archivesURL)/\#(self.key)","shasum":"\#(self.sha1)""# }

    var sha1: String { Insecure.SHA1.hash(data: self.bytes).map { String(format: "%02x", $0) }.joined() }
}
