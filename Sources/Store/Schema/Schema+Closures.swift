extension Schema {
    /// What becomes of closed packages where no setting says so: a database that is new has documents which say that a
    /// package is closed; one that has packages goes on withdrawing them.
    ///
    /// Also a package of which nothing was ever stored has documents then, which are derived again under other settings.
    static let closures: [SQLStatement] = [
        """
        INSERT INTO settings (key, value)
        SELECT 'closed_policy', CASE WHEN EXISTS (SELECT 1 FROM packages) THEN 'remove' ELSE 'tombstone' END
        """,
        "DROP INDEX packages_outdated",
        """
        CREATE INDEX packages_outdated ON packages (source, format)
            WHERE payload_hash IS NOT NULL OR state = 'closed' AND derived_key IS NOT NULL
        """,
    ]
}
