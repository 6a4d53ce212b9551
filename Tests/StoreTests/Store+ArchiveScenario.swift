import Composer
import Facts
import Store
import TestSupport
import Testing

/// Steps that several tests of archives take.
extension Store {
    /// Writes that upstream lists these archives of a claimed package.
    @discardableResult
    func list(
        _ archives: [ListedArchive],
        of claim: ClaimedPackage,
        isDerived: Bool = true
    ) async throws -> WrittenResults {
        var result = PackageResult(
            claim: claim,
            state: .active,
            payload: StoredPayload([PayloadPart(name: PayloadPart.whole, bytes: Array(claim.key.utf8))]),
            format: 1,
            isSettled: true,
            looks: 0,
            nextLook: .after(3_600_000)
        )
        result.archives = archives
        result.isDerived = isDerived
        return try await self.finish([result], run: 1)
    }

    /// The same of a package that is claimed for it.
    func list(_ archives: [ListedArchive], of key: String = "akismet", revision: Int64) async throws {
        try await self.discover([key], revision: revision)
        try await self.list(archives, of: #require(try await self.claim().first { $0.key == key }))
    }

    func claimArchives(
        _ limit: Int = 100,
        leaseMilliseconds: Int64 = 60_000,
        budgetBytes: Int64? = nil,
        run: RunID? = nil
    ) async throws -> [ClaimedArchive] {
        var holder = run
        if holder == nil { holder = try await self.beginRun(.sync, worker: "test", version: "test") }
        return try await self.claimArchives(
            source: Self.source,
            limit: limit,
            run: #require(holder),
            leaseMilliseconds: leaseMilliseconds,
            budgetBytes: budgetBytes
        )
    }

    @discardableResult
    func store(_ claims: [ClaimedArchive], bytes text: String? = nil) async throws -> WrittenArchives {
        try await self.finishArchives(claims.map { $0.stored(text ?? $0.archive.url) }, run: 1)
    }

    /// What documents of a package may name, as a claim has it.
    func liveArchives(of key: String = "akismet") async throws -> [LiveArchive] {
        try await self.claimedWithArchives(key).archives
    }

    /// A package as an update knows it.
    func claimedWithArchives(_ key: String = "akismet") async throws -> ClaimedPackage {
        _ = try await self.makeDue(ids: nil)
        let run = try await self.beginRun(.update, worker: "test", version: "test")
        let claims = try await self.claimDue(
            source: Self.source,
            limit: 100,
            run: run,
            leaseMilliseconds: 60_000,
            loadsArchives: true
        )
        try await self.returnPackages(run: run)
        return try #require(claims.first { $0.key == key })
    }

    func derivable() async throws -> [ClaimedPackage] {
        let run = try await self.beginRun(.sync, worker: "test", version: "test")
        return try await self.claimDerivable(source: Self.source, limit: 100, run: run, leaseMilliseconds: 60_000)
    }

    /// As if the database's clock had gone on.
    func passArchiveTime(milliseconds: Int64) async throws {
        _ = try await self.engine.write { session in
            try session.execute("UPDATE archives SET due_at_ms = due_at_ms - \(milliseconds)")
            try session.execute("UPDATE archives SET fetched_at_ms = fetched_at_ms - \(milliseconds)")
            try session.execute("UPDATE archives SET absent_since_ms = absent_since_ms - \(milliseconds)")
            try session.execute("UPDATE packages SET derive_at_ms = derive_at_ms - \(milliseconds)")
        }
    }
}

extension ClaimedArchive {
    /// As it is written back when its bytes are `text`.
    func stored(_ text: String) -> StoredArchive {
        let hash = ContentHash(of: Array(text.utf8))
        return StoredArchive(
            claim: self,
            key: "dist/\(hash.hexadecimal).zip",
            sha256: hash,
            sha1: Array(hash.bytes.prefix(20)),
            size: Int64(text.utf8.count),
            kind: "zip",
            etag: "etag",
            fetchedFrom: self.archive.url,
            lastModifiedMilliseconds: nil
        )
    }
}

extension ListedArchive {
    static func wanted(
        _ version: String,
        _ reference: String? = nil,
        url: String? = nil,
        maxBytes: Int64? = nil,
        isWanted: Bool = true
    ) -> Self {
        let archive = UpstreamArchive(
            version: version,
            type: "zip",
            url: url ?? "https://down.example/\(version).zip",
            reference: reference ?? "tags/\(version)"
        )
        return ListedArchive(archive, isWanted: isWanted, maxBytes: maxBytes)
    }
}
