package import Facts

/// Who holds which package.
extension Store {
    static let packageLeases = Leases<Int64>(in: "package_leases", "package_id", of: "packages", "id")

    /// Ends the leases of claims, and keeps their packages as they are until the transaction ends.
    ///
    /// - Returns: The packages that were held until now. What nobody else has claimed meanwhile is held beyond its time.
    package static func endLeases(of claims: [ClaimedPackage], _ session: any SQLSession) throws -> Set<Int64> {
        let numbers = Dictionary(claims.map { ($0.id, $0.claimNumber) }, uniquingKeysWith: { $1 })
        return try Self.packageLeases.end(numbers, session)
    }

    /// Gives back what a run holds, so that others need not wait for its leases to end.
    package func returnPackages(run: RunID) async throws {
        _ = try await self.engine.write { session in
            try session.execute("DELETE FROM package_leases WHERE run = \(run)")
        }
    }
}
