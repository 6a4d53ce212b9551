package import Facts

/// Leases on archives: who may fetch which, and for how long.
extension Store {
    /// Claims up to `limit` archives of a source that are due, longest waiting first.
    ///
    /// No two runs hold the same archive at once, so that it is fetched once however many there are. A run that dies loses
    /// its claims when the lease ends; nothing else has to notice, and nothing of what it did is left but maybe an object
    /// that no row names.
    ///
    /// While archives are being removed, nothing is claimed.
    ///
    /// - Parameters:
    ///   - budgetBytes: Where all archives together have as many, nothing is claimed.
    ///   - packages: Only theirs; nil is everything.
    package func claimArchives(
        source: SourceName,
        limit: Int,
        run: RunID,
        leaseMilliseconds: Int64,
        budgetBytes: Int64? = nil,
        packages: [Int64]? = nil
    ) async throws -> [ClaimedArchive] {
        try await self.claimArchives(
            where: Self.isClaimable(source, packages),
            limit: limit,
            run: run,
            leaseMilliseconds: leaseMilliseconds,
            budgetBytes: budgetBytes
        )
    }

    func claimArchives(
        where condition: SQLStatement,
        limit: Int,
        run: RunID,
        leaseMilliseconds: Int64,
        budgetBytes: Int64?
    ) async throws -> [ClaimedArchive] {
        // A look first: where nothing is due, no lock is taken and nothing written.
        let isAny = try await self.engine.read { session in
            if let budgetBytes, try Self.archiveBytes(session) >= budgetBytes { return false }
            return try !session.rows("SELECT 1 FROM archives WHERE \(condition) LIMIT 1").isEmpty
        }
        guard isAny else { return [] }
        return try await self.engine.write { session in
            if try Self.isRemovingArchives(session) { return [] }
            let rows = try session.rows(
                """
                WITH claimed AS MATERIALIZED (
                    SELECT id AS claimed_id FROM archives WHERE \(condition)
                    ORDER BY due_at_ms LIMIT \(Int64(limit)) \(.skipLocked)
                )
                UPDATE archives
                SET lease_run = \(run), lease_until_ms = \(.now) + \(leaseMilliseconds), claim_number = claim_number + 1
                FROM claimed WHERE id = claimed_id
                RETURNING id, source, package_id, version, type, url, reference, shasum, newer_than_ms,
                    needs_confirmation, own_version, attempts, claim_number, lost_key, due_at_ms
                """
            )
            let packages = try Self.names(ofPackages: rows.map { try $0["package_id"] }, session)
            // An UPDATE returns them in any order.
            let claims = try rows.map { (due: try $0["due_at_ms"] as Int64, try ClaimedArchive(row: $0, packages)) }
            return claims.sorted { ($0.due, $0.1.id) < ($1.due, $1.1.id) }.map(\.1)
        }
    }

    private static func isClaimable(_ source: SourceName, _ packages: [Int64]?) -> SQLStatement {
        let isDue: SQLStatement = "source = \(source) AND due_at_ms <= \(.now) AND lease_until_ms <= \(.now)"
        return packages.map { "\(isDue) AND package_id \(anyOf: $0)" } ?? isDue
    }

    /// What has failed is tried again now.
    ///
    /// - Parameter packages: Only of these; nil is everything.
    package func makeArchivesDue(packages: [Int64]?) async throws {
        let isTheirs: SQLStatement = packages.map { "AND package_id \(anyOf: $0)" } ?? ""
        _ = try await self.engine.write { session in
            try session.execute("UPDATE archives SET due_at_ms = \(.now) WHERE due_at_ms > \(.now) \(isTheirs)")
        }
    }

    fileprivate typealias PackageNames = [Int64: (key: String, name: String?)]

    private static func names(ofPackages ids: [Int64], _ session: any SQLSession) throws -> PackageNames {
        var names: PackageNames = [:]
        for row in try session.rows("SELECT id, key, name FROM packages WHERE id \(anyOf: ids)") {
            names[try row["id"]] = (try row["key"], try row["name"])
        }
        return names
    }

    /// Gives back what a run holds, so that others need not wait for its leases to end.
    package func returnArchives(run: RunID) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                "UPDATE archives SET lease_run = NULL, lease_until_ms = 0 WHERE lease_until_ms > 0 AND lease_run = \(run)"
            )
        }
    }

    /// How many archives of these sources are due, and about how many bytes that is, by the mean of those that are there;
    /// nil where none is.
    package func dueArchives(
        sources: [SourceName],
        packages: [Int64]? = nil
    ) async throws -> (count: Int, bytes: Int64?) {
        try await self.engine.read { session in
            var count = 0
            for source in sources {
                let due: Int = try session.rows(
                    "SELECT count(*) AS total FROM archives WHERE \(Self.isClaimable(source, packages))"
                )[0]["total"]
                count += due
            }
            let (stored, bytes) = (try Self.archiveCount(session), try Self.archiveBytes(session))
            // In floating point, which no count can overflow.
            let estimate = stored > 0 ? Double(bytes) / Double(stored) * Double(count) : nil
            return (count, estimate.flatMap { Int64(exactly: $0.rounded()) })
        }
    }

    /// How many different archives are in the bucket, and how many bytes they have together.
    package func archiveTotals() async throws -> (count: Int64, bytes: Int64) {
        try await self.engine.read { (try Self.archiveCount($0), try Self.archiveBytes($0)) }
    }
}

extension ClaimedArchive {
    fileprivate init(row: SQLRow, _ packages: Store.PackageNames) throws {
        let packageID: Int64 = try row["package_id"]
        var archive = UpstreamArchive(
            version: try row["version"],
            type: try row["type"],
            url: try row["url"],
            reference: try row["reference"],
            shasum: try row["shasum"]
        )
        archive.newerThanMilliseconds = try row["newer_than_ms"]
        archive.needsConfirmation = try row["needs_confirmation"]
        archive.ownVersion = try row["own_version"]
        self.init(
            id: try row["id"],
            source: try row["source"],
            packageID: packageID,
            packageKey: packages[packageID]?.key ?? "",
            packageName: packages[packageID]?.name,
            archive: archive,
            attempts: try row["attempts"],
            claimNumber: try row["claim_number"],
            lostKey: try row["lost_key"]
        )
    }
}
