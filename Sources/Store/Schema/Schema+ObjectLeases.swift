extension Schema {
    /// Leases of objects in a table of their own, so that a claim writes no object.
    ///
    /// What is held by a program of before stays so until its time is over: that program can't write any more. It has marked
    /// what it holds.
    static let objectLeases: [SQLStatement] = [
        """
        CREATE TABLE object_leases (
            object_key TEXT \(.bytewise) NOT NULL PRIMARY KEY,
            claim      \(.bigint) NOT NULL,
            run        \(.bigint) NOT NULL,
            until_ms   \(.bigint) NOT NULL
        ) \(.strictByKey)
        """,
        """
        INSERT INTO object_leases (object_key, claim, run, until_ms)
        SELECT key, claim_number, lease_run, lease_until_ms FROM objects
        WHERE lease_until_ms > \(.now) AND lease_run IS NOT NULL
        """,
        "DROP INDEX objects_leased",
        "ALTER TABLE objects DROP COLUMN claimed_at_ms",
        "ALTER TABLE objects DROP COLUMN claim_number",
        "ALTER TABLE objects DROP COLUMN lease_run",
        "ALTER TABLE objects DROP COLUMN lease_until_ms",
    ]
}
