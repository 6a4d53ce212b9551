extension Schema {
    /// Leases of packages in a table of their own, so that a claim writes no package.
    ///
    /// What is held by a program of before stays so until its time is over: that program can't write any more.
    static let packageLeases: [SQLStatement] = [
        """
        CREATE TABLE package_leases (
            package_id \(.bigint) NOT NULL PRIMARY KEY,
            claim      \(.bigint) NOT NULL,
            run        \(.bigint) NOT NULL,
            until_ms   \(.bigint) NOT NULL
        ) \(.strict)
        """,
        """
        INSERT INTO package_leases (package_id, claim, run, until_ms)
        SELECT id, claim_number, lease_run, lease_until_ms FROM packages
        WHERE lease_until_ms > \(.now) AND lease_run IS NOT NULL
        """,
        "DROP INDEX packages_leased",
        "ALTER TABLE packages DROP COLUMN claim_number",
        "ALTER TABLE packages DROP COLUMN lease_run",
        "ALTER TABLE packages DROP COLUMN lease_until_ms",
    ]
}
