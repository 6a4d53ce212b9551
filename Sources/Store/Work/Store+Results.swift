import Composer
package import Facts

/// What became of a batch of results when it was written.
package struct WrittenResults: Sendable, Equatable {
    /// Packages whose lease had passed to another run; nothing was written of them.
    package var lost = 0
    package var documentsChanged = 0
    package var documentsUnchanged = 0
    package var documentsWithdrawn = 0
    /// Packages that would have lost a document, and wait for a person: they are as they were.
    package var held: Set<Int64> = []
    package var requirements = RequirementTally()
}

/// Writing back what `update` found out.
extension Store {
    /// Writes a batch of results and ends their leases, all in one transaction.
    ///
    /// What changed upstream since a claim stays due: only the revision that was claimed counts as done.
    /// The result of a package whose lease has passed on, or has ended, is dropped: a transaction whose commit was not
    /// heard of is tried again, and must not count its payloads twice.
    ///
    /// - Parameters:
    ///   - limit: How many packages may lose a document; nil where that is a person's wish.
    ///   - requirements: What becomes of what the packages require, all of which are of one source then.
    package func finish(
        _ results: [PackageResult],
        limit: WithdrawalLimit? = nil,
        requirements: RequirementRule? = nil,
        run: RunID
    ) async throws -> WrittenResults {
        try await self.engine.write { session in
            let source = results.first { $0.requires != nil }?.claim.source
            if requirements != nil, let source { try Self.waitForTurn(source, session) }
            let all = try Self.withFormerDocuments(results, session)
            var written = WrittenResults()
            let judgement = try Self.judge(all, limit, session)
            written.held = judgement.held
            let leased = try Self.endLeases(of: all.map(\.claim), session)
            if let limit {
                let waiting = all.filter { judgement.held.contains($0.claim.id) && leased.contains($0.claim.id) }
                try Self.hold(waiting, limit, run: run, session)
            }
            // A result is large, and all of them are written as a rule: they are copied where some are not.
            let results = judgement.held.isEmpty ? all : all.filter { !judgement.held.contains($0.claim.id) }
            let held =
                leased.count == all.count ? results : results.filter { leased.contains($0.claim.id) }
            written.lost = results.count - held.count
            try Self.writePackages(held, judgement, run: run, session)
            try Self.writeArchives(of: held, session)

            var references = BlobReferences()
            try Self.writeParts(
                held.compactMap { result in result.payload.map { (result.claim, $0) } },
                references: &references,
                session
            )
            let documents = held.flatMap { result -> [ObjectContent] in
                result.documents.map { ($0.path, result.claim.id, $0.content) }
            }
            for kind in [ObjectKind.document, .listing] {
                let ofKind = documents.filter { ObjectKind.ofDocument($0.key) == kind }
                if ofKind.isEmpty { continue }
                let contents = try Self.setContents(ofKind, kind: kind, references: &references, run: run, session)
                written.documentsChanged += contents.changed
                written.documentsUnchanged += contents.unchanged
                written.documentsWithdrawn += contents.withdrawn
            }
            try references.write(session)
            try Self.write(filtersOf: held, session)
            if let requirements {
                written.requirements = try Self.write(requirementsOf: held, requirements, run: run, session)
            }
            return written
        }
    }

    /// A package has the documents that it was last derived to: others go, whatever name or settings they come from.
    private static func withFormerDocuments(
        _ results: [PackageResult],
        _ session: any SQLSession
    ) throws -> [PackageResult] {
        let ids = results.filter { !$0.documents.isEmpty }.map(\.claim.id)
        if ids.isEmpty { return results }
        var former: [Int64: [String]] = [:]
        let rows = try session.rows(
            "SELECT key, package_id FROM objects WHERE package_id \(anyOf: ids) AND content_hash IS NOT NULL"
        )
        for row in rows { former[try row["package_id"], default: []].append(try row["key"]) }
        if former.isEmpty { return results }
        return results.map { result in
            var result = result
            let paths = Set(result.documents.map(\.path))
            result.documents += (former[result.claim.id] ?? []).filter { !paths.contains($0) }.map { ($0, nil) }
            return result
        }
    }

    /// Records why packages failed and when each is tried again, and ends their leases.
    ///
    /// - Parameter suspects: Those that spoil the batches that they are in: they are asked about alone until they have
    ///   been answered.
    package func fail(
        _ failures: [(claim: ClaimedPackage, error: String, retryMilliseconds: Int64)],
        suspects: Set<Int64> = [],
        run: RunID
    ) async throws {
        _ = try await self.engine.write { session in
            let leased = try Self.endLeases(of: failures.map(\.claim), session)
            try session.execute(
                """
                UPDATE packages
                SET attempts = attempts + 1, last_error = \(named: "error"), due_at_ms = \(.now) + \(named: "delay"),
                    updated_run = \(named: "run"),
                    is_suspect = CASE WHEN \(named: "is_suspect") = 1 THEN 1 ELSE is_suspect END
                WHERE id = \(named: "id")
                """,
                each: failures.filter { leased.contains($0.claim.id) }.map {
                    [
                        "id": .integer($0.claim.id),
                        "error": .text($0.error), "delay": .integer($0.retryMilliseconds), "run": .run(run),
                        "is_suspect": .integer(suspects.contains($0.claim.id) ? 1 : 0),
                    ]
                }
            )
        }
    }

    /// Ends the leases of packages about which a request came to nothing: they are due again, and nothing is said of them.
    package func postpone(_ claims: [(claim: ClaimedPackage, retryMilliseconds: Int64)]) async throws {
        _ = try await self.engine.write { session in
            let leased = try Self.endLeases(of: claims.map(\.claim), session)
            try session.execute(
                "UPDATE packages SET due_at_ms = \(.now) + \(named: "delay") WHERE id = \(named: "id")",
                each: claims.filter { leased.contains($0.claim.id) }.map {
                    ["id": .integer($0.claim.id), "delay": .integer($0.retryMilliseconds)]
                }
            )
        }
    }

    /// Drops stored payloads that can't be read, so that upstream is asked for them again.
    package func forgetPayloads(_ claims: [ClaimedPackage], run: RunID) async throws {
        _ = try await self.engine.write { session in
            let leased = try Self.endLeases(of: claims, session)
            try session.execute(
                """
                UPDATE packages
                SET payload_hash = NULL, derived_key = NULL, due_at_ms = \(.now), updated_run = \(run)
                WHERE id \(anyOf: Array(leased))
                """
            )
            var references = BlobReferences()
            let held = claims.filter { leased.contains($0.id) }.map { ($0, nil as StoredPayload?) }
            try Self.writeParts(held, references: &references, session)
            try references.write(session)
        }
    }

    private static func writePackages(
        _ results: [PackageResult],
        _ judgement: Judgement,
        run: RunID,
        _ session: any SQLSession
    ) throws {
        try session.execute(
            """
            UPDATE packages
            SET state = \(named: "state"), closed_date = \(named: "closed_date"),
                closed_reason = \(named: "closed_reason"), closed_permanent = \(named: "closed_permanent"),
                payload_hash = coalesce(\(named: "payload"), payload_hash),
                derived_key = coalesce(\(named: "derived_key"), derived_key), format = \(named: "format"),
                title = coalesce(\(named: "title"), title),
                latest_version = coalesce(\(named: "latest_version"), latest_version),
                active_installs = coalesce(\(named: "active_installs"), active_installs),
                last_updated_ms = coalesce(\(named: "last_updated"), last_updated_ms),
                settled_revision = CASE WHEN \(named: "is_settled") = 1
                    THEN \(named: "claimed_revision") ELSE settled_revision END,
                looks = \(named: "looks"), attempts = 0, last_error = NULL, updated_run = \(named: "run"),
                due_at_ms = CASE WHEN changed_revision > \(named: "claimed_revision") THEN \(.now)
                    WHEN \(named: "is_never") = 1 THEN NULL
                    ELSE coalesce(\(.now) + \(named: "next_look"), due_at_ms) END,
                doubts = \(named: "doubts"), is_suspect = 0,
                held_at_ms = CASE WHEN \(named: "is_conclusive") = 1 THEN NULL ELSE held_at_ms END,
                is_confirmed = CASE WHEN \(named: "is_conclusive") = 1 THEN 0 ELSE is_confirmed END,
                withdrawn_at_ms = CASE WHEN \(named: "is_counted") = 1 THEN \(.now)
                    WHEN \(named: "is_back") = 1 THEN NULL ELSE withdrawn_at_ms END,
                derive_at_ms = CASE WHEN \(named: "is_derived") = 1 AND archives_revision = \(named: "archives")
                    THEN NULL ELSE derive_at_ms END
            \(.ofBatch)
            WHERE id = \(named: "id")
            """,
            each: results.map { result in
                let isUncounted = judgement.uncounted.contains(result.claim.id)
                return [
                    "id": .integer(result.claim.id),
                    "claimed_revision": .integer(result.claim.changedRevision), "run": .run(run),
                    "state": .text(result.state.rawValue), "closed_date": .text(result.closure?.date),
                    "closed_reason": .text(result.closure?.reason),
                    "closed_permanent": .integer(result.closure?.isPermanent == true ? 1 : 0),
                    "payload": .blob(result.payload?.hash.bytes), "derived_key": .blob(result.derivedKey?.bytes),
                    "format": .integer(result.format), "title": .text(result.title),
                    "latest_version": .text(result.latestVersion), "active_installs": .integer(result.activeInstalls),
                    "last_updated": .integer(result.lastUpdatedMilliseconds),
                    "is_settled": .integer(result.isSettled ? 1 : 0), "looks": .integer(Int64(result.looks)),
                    "doubts": .integer(Int64(result.doubts)), "next_look": .integer(result.nextLook.milliseconds),
                    "is_never": .integer(result.nextLook == .never ? 1 : 0),
                    "is_conclusive": .integer(result.isConclusive ? 1 : 0),
                    "is_counted": .integer(judgement.counted.contains(result.claim.id) ? 1 : 0),
                    "is_back": .integer(isUncounted || result.publishesVersions ? 1 : 0),
                    "is_derived": .integer(result.isDerived ? 1 : 0),
                    "archives": .integer(result.claim.archivesRevision),
                ]
            }
        )
    }
}

extension NextLook {
    fileprivate var milliseconds: Int64? { if case .after(let milliseconds) = self { milliseconds } else { nil } }
}
