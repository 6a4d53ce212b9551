extension Schema {
    /// Which versions of packages the lists name by which Composer filters, as documents say it.
    ///
    /// The summary of all packages is derived from it. `constraints` are alternatives in one text.
    ///
    /// `first_fetched_at_ms` is when bytes of an archive first came, whatever became of them since.
    static let filters: [SQLStatement] = [
        """
        CREATE TABLE filter_entries (
            package_id  \(.bigint) NOT NULL REFERENCES packages (id),
            list        TEXT NOT NULL,
            constraints TEXT NOT NULL,
            PRIMARY KEY (package_id, list)
        ) \(.strictByKey)
        """,
        "ALTER TABLE archives ADD COLUMN first_fetched_at_ms \(.bigint)",
        "UPDATE archives SET first_fetched_at_ms = fetched_at_ms WHERE fetched_at_ms IS NOT NULL",
    ]
}
