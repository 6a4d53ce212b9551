import Composer
import Facts

/// What became of a batch of results when it was written.
package struct WrittenResults: Sendable, Equatable {
    /// Packages whose lease had passed to another run; nothing was written of them.
    package var lost = 0
    package var documentsChanged = 0
    package var documentsUnchanged = 0
    package var documentsWithdrawn = 0
    /// Packages that would have lost a document, and wait for a person: they are as they were.
    package var held: Set<Int64> = []
}

/// Writing back what `update` found out.
extension Store {
    /// Writes a batch of results and ends their leases, all in one transaction.
    ///
    /// What changed upstream since a claim stays due: only the revision that was claimed counts as done.
    /// The result of a package whose lease has passed on is dropped.
    ///
    /// - Parameter limit: How many packages may lose a document; nil where that is a person's wish.
    package func finish(
        _ results: [PackageResult],
        limit: WithdrawalLimit? = nil,
        run: Int64
    ) async throws -> WrittenResults {
        let all = results
        return try await self.engine.write { session in
            var written = WrittenResults()
            let judgement = try Self.judge(all, limit, session)
            written.held = judgement.held
            if let limit {
                try Self.hold(all.filter { judgement.held.contains($0.claim.id) }, limit, run: run, session)
            }
            let results = all.filter { !judgement.held.contains($0.claim.id) }
            let rows = try Self.writePackages(results, judgement, run: run, session)
            let held = zip(results, rows).filter { $0.1 == 1 }.map(\.0)
            written.lost = results.count - held.count

            var references = BlobReferences()
            for result in held where result.payload != nil {
                references.point(to: result.payload, insteadOf: result.claim.payloadHash)
            }
            let contents = try Self.setContents(
                held.flatMap { result in result.documents.map { ($0.path, result.claim.id, $0.content) } },
                references: &references,
                run: run,
                session
            )
            written.documentsChanged = contents.changed
            written.documentsUnchanged = contents.unchanged
            written.documentsWithdrawn = contents.withdrawn
            try references.write(session)
            return written
        }
    }

    /// Records why packages failed and when each is tried again, and ends their leases.
    ///
    /// - Parameter suspects: Those that spoil the batches that they are in: they are asked about alone until they have
    ///   been answered.
    package func fail(
        _ failures: [(claim: ClaimedPackage, error: String, retryMilliseconds: Int64)],
        suspects: Set<Int64> = [],
        run: Int64
    ) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE packages
                SET attempts = attempts + 1, last_error = \(named: "error"), due_at_ms = \(.now) + \(named: "delay"),
                    updated_run = \(named: "run"), lease_run = NULL, lease_until_ms = 0,
                    is_suspect = CASE WHEN \(named: "is_suspect") = 1 THEN 1 ELSE is_suspect END
                WHERE id = \(named: "id") AND claim_number = \(named: "claim")
                """,
                each: failures.map {
                    [
                        "id": .integer($0.claim.id), "claim": .integer($0.claim.claimNumber),
                        "error": .text($0.error), "delay": .integer($0.retryMilliseconds), "run": .integer(run),
                        "is_suspect": .integer(suspects.contains($0.claim.id) ? 1 : 0),
                    ]
                }
            )
        }
    }

    /// Ends the leases of packages about which a request came to nothing: they are due again, and nothing is said of them.
    package func postpone(_ claims: [(claim: ClaimedPackage, retryMilliseconds: Int64)]) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE packages SET due_at_ms = \(.now) + \(named: "delay"), lease_run = NULL, lease_until_ms = 0
                WHERE id = \(named: "id") AND claim_number = \(named: "claim")
                """,
                each: claims.map {
                    [
                        "id": .integer($0.claim.id), "claim": .integer($0.claim.claimNumber),
                        "delay": .integer($0.retryMilliseconds),
                    ]
                }
            )
        }
    }

    /// Drops stored payloads that can't be read, so that upstream is asked for them again.
    package func forgetPayloads(_ claims: [ClaimedPackage], run: Int64) async throws {
        _ = try await self.engine.write { session in
            let forgotten = try session.execute(
                """
                UPDATE packages
                SET payload_hash = NULL, derived_key = NULL, due_at_ms = \(.now), updated_run = \(named: "run"),
                    lease_run = NULL, lease_until_ms = 0
                WHERE id = \(named: "id") AND claim_number = \(named: "claim")
                """,
                each: claims.map {
                    ["id": .integer($0.id), "claim": .integer($0.claimNumber), "run": .integer(run)]
                }
            )
            var references = BlobReferences()
            for (claim, count) in zip(claims, forgotten) where count == 1 {
                references.point(to: nil, insteadOf: claim.payloadHash)
            }
            try references.write(session)
        }
    }

    private static func writePackages(
        _ results: [PackageResult],
        _ judgement: Judgement,
        run: Int64,
        _ session: any SQLSession
    ) throws -> [Int] {
        try session.execute(
            """
            UPDATE packages
            SET state = \(parameter: 2), closed_date = \(parameter: 3), closed_reason = \(parameter: 4),
                closed_permanent = \(parameter: 5), payload_hash = coalesce(\(parameter: 6), payload_hash),
                derived_key = coalesce(\(parameter: 7), derived_key), format = \(parameter: 8),
                title = coalesce(\(parameter: 9), title), latest_version = coalesce(\(parameter: 10), latest_version),
                active_installs = coalesce(\(parameter: 11), active_installs),
                last_updated_ms = coalesce(\(parameter: 12), last_updated_ms),
                settled_revision = CASE WHEN \(parameter: 13) = 1 THEN \(parameter: 14) ELSE settled_revision END,
                looks = \(parameter: 15), attempts = 0, last_error = NULL, updated_run = \(parameter: 16),
                due_at_ms = CASE WHEN changed_revision > \(parameter: 14) THEN \(.now)
                    WHEN \(parameter: 22) = 1 THEN NULL ELSE coalesce(\(.now) + \(parameter: 17), due_at_ms) END,
                doubts = \(parameter: 18), is_suspect = 0,
                held_at_ms = CASE WHEN \(parameter: 19) = 1 THEN NULL ELSE held_at_ms END,
                is_confirmed = CASE WHEN \(parameter: 19) = 1 THEN 0 ELSE is_confirmed END,
                withdrawn_at_ms = CASE WHEN \(parameter: 20) = 1 THEN \(.now) WHEN \(parameter: 21) = 1 THEN NULL
                    ELSE withdrawn_at_ms END,
                lease_run = NULL, lease_until_ms = 0
            WHERE id = \(parameter: 0) AND claim_number = \(parameter: 1)
            """,
            each: results.map { result in
                [
                    .integer(result.claim.id), .integer(result.claim.claimNumber), .text(result.state.rawValue),
                    .text(result.closure?.date), .text(result.closure?.reason),
                    .integer(result.closure?.isPermanent == true ? 1 : 0), .blob(result.payload?.hash.bytes),
                    .blob(result.derivedKey?.bytes), .integer(result.format), .text(result.title),
                    .text(result.latestVersion), .integer(result.activeInstalls),
                    .integer(result.lastUpdatedMilliseconds), .integer(result.isSettled ? 1 : 0),
                    .integer(result.claim.changedRevision), .integer(Int64(result.looks)), .integer(run),
                    .integer(result.nextLook.milliseconds), .integer(Int64(result.doubts)),
                    .integer(result.isConclusive ? 1 : 0),
                    .integer(judgement.counted.contains(result.claim.id) ? 1 : 0),
                    .integer(judgement.uncounted.contains(result.claim.id) || result.publishesVersions ? 1 : 0),
                    .integer(result.nextLook == .never ? 1 : 0),
                ]
            }
        )
    }
}

extension NextLook {
    fileprivate var milliseconds: Int64? { if case .after(let milliseconds) = self { milliseconds } else { nil } }
}
