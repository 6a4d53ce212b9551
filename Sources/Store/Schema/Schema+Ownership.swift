extension Schema {
    /// Who owns which names.
    ///
    /// `vendors` holds those of all names that a source has listed, with the first of them that was seen; a row stays.
    /// `vendors_at_ms` is when a listing was first taken in as a whole with its vendors, `owners` names the terms under
    /// which a source's packages were named last.
    static let ownership: [SQLStatement] = [
        """
        CREATE TABLE vendors (
            source   TEXT NOT NULL REFERENCES sources (name),
            vendor   TEXT \(.bytewise) NOT NULL,
            name     TEXT NOT NULL,
            since_ms \(.bigint) NOT NULL,
            PRIMARY KEY (source, vendor)
        ) \(.strictByKey)
        """,
        "ALTER TABLE sources ADD COLUMN vendors_at_ms \(.bigint)",
        "ALTER TABLE sources ADD COLUMN owners TEXT",
        "CREATE INDEX packages_unnamed ON packages (key, source) WHERE name IS NULL",
    ]
}
