extension Schema {
    /// What packages require of others of their source, which are taken in for their sake.
    ///
    /// `is_required` is 1 where nothing else selects the package, and `unneeded_since_ms` is set while neither a selection
    /// nor anything that is needed wants it: after a while it goes.
    static let requirements: [SQLStatement] = [
        """
        CREATE TABLE requirements (
            package_id \(.bigint) NOT NULL REFERENCES packages (id),
            key        TEXT NOT NULL,
            PRIMARY KEY (package_id, key)
        ) \(.strictByKey)
        """,
        "ALTER TABLE packages ADD COLUMN is_required \(.bigint) NOT NULL DEFAULT 0 CHECK (is_required IN (0, 1))",
        "ALTER TABLE packages ADD COLUMN unneeded_since_ms \(.bigint)",
        "CREATE INDEX packages_required ON packages (source) WHERE is_required = 1",
        "CREATE INDEX packages_unneeded ON packages (source) WHERE unneeded_since_ms IS NOT NULL",
    ]
}
