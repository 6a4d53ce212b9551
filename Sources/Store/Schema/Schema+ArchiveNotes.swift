extension Schema {
    /// What archives say of themselves, and those that upstream does not have.
    ///
    /// `own_version` is how a version is written that documents have only while its archive is live. `header_version` is what
    /// an archive's own header says. `absent_since_ms` is when upstream was first found to have no archive where it says that
    /// there is one; `is_absent` is 1 once that was so for long enough to be believed. Both are cleared when bytes come.
    static let archiveNotes: [SQLStatement] = [
        "ALTER TABLE archives ADD COLUMN own_version TEXT",
        "ALTER TABLE archives ADD COLUMN header_version TEXT",
        "ALTER TABLE archives ADD COLUMN absent_since_ms \(.bigint)",
        "ALTER TABLE archives ADD COLUMN is_absent \(.bigint) NOT NULL DEFAULT 0 CHECK (is_absent IN (0, 1))",
        "CREATE INDEX archives_absent ON archives (absent_since_ms) WHERE is_absent = 1 AND due_at_ms IS NOT NULL",
        // What was overtaken is never confirmed, and would be passed over for ever.
        "DROP INDEX archives_unconfirmed",
        """
        CREATE INDEX archives_unconfirmed ON archives (source, fetched_at_ms)
            WHERE needs_confirmation = 1 AND object_key IS NOT NULL AND is_listed = 1
        """,
    ]
}
