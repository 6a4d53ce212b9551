import Facts
import Store
import TestSupport
import Testing

/// Steps that several tests take.
extension Store {
    static let source: SourceName = "wordpress-plugins"

    /// A `discover` run that holds the source, and the given packages changed in revision `revision`.
    @discardableResult
    func discover(_ slugs: [String], source name: SourceName = Self.source, revision: Int64 = 1) async throws -> RunID {
        let run = try await self.beginRun(.discover, worker: "test", version: "test")
        let source = try await self.leaseSource(name, run: run, leaseMilliseconds: 86_400_000)
        try #require(source != nil)
        _ = try await self.recordLog(
            slugs.map { PackageRecord(key: $0, revision: revision, dateMilliseconds: nil) },
            source: name,
            progress: .cursor(Position(revision), dateMilliseconds: nil, logFrom: 1),
            run: run,
            leaseMilliseconds: 86_400_000
        )
        try await self.releaseSource(name, run: run)
        return run
    }

    func claim(
        _ limit: Int = 100,
        source: SourceName = Self.source,
        leaseMilliseconds: Int64 = 86_400_000,
        naming: String? = nil
    ) async throws -> [ClaimedPackage] {
        let run = try await self.beginRun(.update, worker: "test", version: "test")
        return try await self.claimDue(
            source: source,
            limit: limit,
            run: run,
            leaseMilliseconds: leaseMilliseconds,
            naming: naming
        )
    }

    /// Writes `text` as the document of a claimed package.
    @discardableResult
    func publish(
        _ claim: ClaimedPackage,
        _ text: String?,
        payload: String? = nil
    ) async throws -> WrittenResults {
        let result = PackageResult(
            claim: claim,
            state: .active,
            payload: payload.map { StoredPayload([PayloadPart(name: PayloadPart.whole, bytes: Array($0.utf8))]) },
            format: 1,
            documents: [("p2/wp-plugin/\(claim.key).json", text.map { Blob(of: Array($0.utf8)) })],
            isSettled: true,
            looks: 0,
            nextLook: .after(3_600_000)
        )
        return try await self.finish([result], run: 1)
    }

    func resetCursor(youngest: Int64, run: RunID) async throws -> Source? {
        try await self.resetCursor(
            youngest: youngest,
            source: Self.source,
            run: run,
            number: { Int64($0.text) },
            position: { Position($0) }
        )
    }

    func claimDocuments(
        kind: ObjectKind = .document,
        leaseMilliseconds: Int64 = 86_400_000
    ) async throws -> [ClaimedDocument] {
        let run = try await self.beginRun(.sync, worker: "test", version: "test")
        return try await self.claimDirty(kind: kind, limit: 100, run: run, leaseMilliseconds: leaseMilliseconds)
    }

    /// Packages that changed in revision `revision`, each derived to one document: `text` with its key, or none.
    func change(_ slugs: [String], _ text: String?, revision: Int64) async throws {
        try await self.discover(slugs, revision: revision)
        for claim in try await self.claim() { try await self.publish(claim, text.map { "\($0) \(claim.key)" }) }
    }

    /// Stamps all documents that are dirty, by a run of its own, which ends.
    @discardableResult
    func syncDocuments() async throws -> RunID {
        let run = try await self.beginRun(.sync, worker: "test", version: "test")
        let documents = try await self.claimDirty(kind: .document, limit: 100, run: run, leaseMilliseconds: 60_000)
        #expect(try await self.stampDeployed(documents.map(\.stamp), run: run) == 0)
        try await self.finishRun(run, as: .succeeded, counters: [:])
        return run
    }

    func stampCount() async throws -> Int64 {
        try await self.engine.read { try $0.rows("SELECT count(*) FROM stamps")[0].integer(0) }
    }
}

extension ClaimedDocument {
    var stamp: Stamp { Stamp(of: self, etag: "etag") }
}
