package import Facts

/// Who holds which package, in a small table of its own.
///
/// A claim writes no row of `packages`, which is wide and in many indexes: PostgreSQL would write it anew, and an entry into
/// each of its indexes, and SQLite a page for each package.
///
/// Whoever changes a lease has locked the package before, so that no two wait for each other; a run that renews or returns
/// its own waits for nobody's package.
extension Store {
    /// Whether somebody holds a row of `packages`.
    static let isLeased: SQLStatement =
        "EXISTS (SELECT 1 FROM package_leases WHERE package_id = packages.id AND until_ms > \(.now))"

    /// Takes the leases of packages that are locked.
    ///
    /// - Parameter claim: Names the claim: what is written of a package names it, so that a worker whose lease has passed on
    ///   can't write.
    /// - Returns: Those that nobody had taken since they were looked for: who only locks a package does not change it, and
    ///   PostgreSQL does not look at it again.
    static func lease(
        _ packages: [Int64],
        claim: Int64,
        run: RunID,
        milliseconds: Int64,
        _ session: any SQLSession
    ) throws -> Set<Int64> {
        if packages.isEmpty { return [] }
        let rows = try session.rows(
            """
            INSERT INTO package_leases (package_id, claim, run, until_ms)
            SELECT id, \(claim), \(run), \(.now) + \(milliseconds) FROM packages WHERE id \(anyOf: packages)
            ON CONFLICT (package_id) DO UPDATE
                SET claim = excluded.claim, run = excluded.run, until_ms = excluded.until_ms
                WHERE package_leases.until_ms <= \(.now)
            RETURNING package_id
            """
        )
        return Set(try rows.map { try $0["package_id"] as Int64 })
    }

    /// Ends the leases of claims, and keeps their packages as they are until the transaction ends.
    ///
    /// - Returns: The packages that were held until now. What nobody else has claimed meanwhile is held beyond its time.
    package static func endLeases(of claims: [ClaimedPackage], _ session: any SQLSession) throws -> Set<Int64> {
        if claims.isEmpty { return [] }
        let numbers = Dictionary(claims.map { ($0.id, $0.claimNumber) }, uniquingKeysWith: { $1 })
        // Both rows are locked: who has waited for the package reads the lease as it is by now.
        let rows = try session.rows(
            """
            SELECT package_id, claim FROM packages JOIN package_leases ON package_id = id
            WHERE id \(anyOf: claims.map(\.id)) ORDER BY id \(.lockedRow)
            """
        )
        let held = try rows.compactMap { row -> Int64? in
            let package: Int64 = try row["package_id"]
            return numbers[package] == (try row["claim"]) ? package : nil
        }
        try Self.takeLeases(of: held, session)
        return Set(held)
    }

    /// Takes the leases of packages away from whoever holds them: what they write of them is dropped.
    static func takeLeases(of packages: [Int64], _ session: any SQLSession) throws {
        if packages.isEmpty { return }
        try session.execute("DELETE FROM package_leases WHERE package_id \(anyOf: packages)")
    }

    /// Gives back what a run holds, so that others need not wait for its leases to end.
    package func returnPackages(run: RunID) async throws {
        _ = try await self.engine.write { session in
            try session.execute("DELETE FROM package_leases WHERE run = \(run)")
        }
    }

    /// What is locked is being written: it needs no longer lease.
    static func renewPackageLeases(run: RunID, milliseconds: Int64, _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE package_leases SET until_ms = \(.now) + \(milliseconds)
            WHERE package_id IN (
                SELECT package_id FROM package_leases WHERE run = \(run) AND until_ms > \(.now) \(.skipLocked)
            )
            """
        )
    }
}
