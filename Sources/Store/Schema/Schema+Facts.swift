extension Schema {
    /// What upstream is known to have imported of a path, where the log says something newer; and what became of the
    /// folders above paths.
    ///
    /// `copied_from` is the revision of the same folder that was copied, 0 for another folder, and
    /// nothing where nothing took its place.
    static let facts: [SQLStatement] = [
        "ALTER TABLE log_facts ADD COLUMN imported_revision \(.bigint)",
        "ALTER TABLE log_facts ADD COLUMN imported_changed_at_ms \(.bigint)",
        "ALTER TABLE log_facts ADD COLUMN imported_appeared_revision \(.bigint)",
        "ALTER TABLE log_facts ADD COLUMN imported_appeared_at_ms \(.bigint)",
        "ALTER TABLE log_facts ADD COLUMN imported_removed \(.bigint)",
        """
        CREATE TABLE log_folders (
            package_id    \(.bigint) NOT NULL REFERENCES packages (id),
            prefix        TEXT NOT NULL,
            revision      \(.bigint) NOT NULL,
            changed_at_ms \(.bigint),
            copied_from   \(.bigint) CHECK (copied_from >= 0),
            PRIMARY KEY (package_id, prefix, revision)
        ) \(.strictByKey)
        """,
    ]
}
