import Facts

/// Writing back why claimed archives are not there.
extension Store {
    /// How long upstream has to say that it has no archive before a version counts as without one, in milliseconds.
    ///
    /// It builds them some time after it lists a version, and caches answer 404 meanwhile.
    package static let absencePatience: Int64 = 86_400_000

    /// Records why archives are not there and when each is tried again, and ends their leases.
    ///
    /// What nobody wants any more is not tried again. What upstream has said for a day that it does not have is absent from
    /// then on, which documents follow, until bytes come: it is asked for again after as long as it has been missing, at
    /// least a day and at most thirty.
    package func failArchives(_ failures: [ArchiveFailure]) async throws {
        guard !failures.isEmpty else { return }
        _ = try await self.engine.write { session in
            let packages = failures.map(\.claim.packageID)
            try Self.lockPackages(packages, session)
            let absentBefore = try Self.absentArchives(failures, session)
            try Self.write(failures, session)
            // Nobody waits any more for what is too large; and what has become absent goes.
            let refused = failures.filter { $0.exceededBytes != nil }.map(\.claim.packageID)
            let absent = try Self.absentArchives(failures, session).filter { absentBefore[$0.key] == nil }
            let changed = refused + absent.values
            if !changed.isEmpty { try Self.deriveLater(changed, session) }
            try Self.deriveNowWhereComplete(packages, session)
        }
    }

    /// Those of them that are absent, each with its package.
    private static func absentArchives(
        _ failures: [ArchiveFailure],
        _ session: any SQLSession
    ) throws -> [Int64: Int64] {
        let ids = failures.filter(\.isAbsent).map(\.claim.id)
        if ids.isEmpty { return [:] }
        let rows = try session.rows("SELECT id, package_id FROM archives WHERE id \(anyOf: ids) AND is_absent = 1")
        return Dictionary(
            try rows.map { (try $0["id"], try $0["package_id"]) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    private static func write(_ failures: [ArchiveFailure], _ session: any SQLSession) throws {
        let exceeded: SQLStatement = "CAST(\(named: "exceeded") AS BIGINT)"
        let age: SQLStatement = "(\(.now) - absent_since_ms)"
        try session.execute(
            """
            UPDATE archives
            SET attempts = attempts + 1, last_error = \(named: "error"), failed_run = lease_run, refused_bytes = \(exceeded),
                absent_since_ms = CASE WHEN \(named: "absent") = 1 THEN coalesce(absent_since_ms, \(.now))
                    ELSE absent_since_ms END,
                is_absent = CASE WHEN \(named: "absent") = 1 AND \(age) >= \(named: "patience") THEN 1
                    ELSE is_absent END,
                due_at_ms = CASE WHEN due_at_ms IS NULL OR \(exceeded) IS NOT NULL THEN NULL
                    WHEN \(named: "absent") = 1 AND \(age) >= \(named: "longest")
                        THEN \(.now) + \(named: "longest")
                    WHEN \(named: "absent") = 1 AND \(age) >= \(named: "patience") THEN \(.now) + \(age)
                    ELSE \(.now) + \(named: "delay") END,
                lease_run = NULL, lease_until_ms = 0
            WHERE id = \(named: "id") AND claim_number = \(named: "claim") AND lease_run IS NOT NULL
            """,
            each: failures.map { failure -> SQLParameters in
                [
                    "id": .integer(failure.claim.id), "claim": .integer(failure.claim.claimNumber),
                    "error": .text(failure.error), "delay": .integer(failure.retryMilliseconds),
                    "exceeded": .integer(failure.exceededBytes), "absent": .integer(failure.isAbsent ? 1 : 0),
                    "patience": .integer(Self.absencePatience), "longest": .integer(30 * Self.absencePatience),
                ]
            }
        )
    }

    /// Ends the leases of archives that were not asked for, or whose host wants to be left alone: nothing is said of them.
    package func postponeArchives(_ claims: [(claim: ClaimedArchive, retryMilliseconds: Int64)]) async throws {
        guard !claims.isEmpty else { return }
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE archives
                SET due_at_ms = CASE WHEN due_at_ms IS NULL THEN NULL ELSE \(.now) + \(named: "delay") END,
                    lease_run = NULL, lease_until_ms = 0
                WHERE id = \(named: "id") AND claim_number = \(named: "claim") AND lease_run IS NOT NULL
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
}
