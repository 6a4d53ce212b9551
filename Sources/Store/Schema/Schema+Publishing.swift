extension Schema {
    /// What `sync` has to know of a document beyond what is live.
    static let publishing: [SQLStatement] = [
        // The last run whose try failed; the one that published is another column's.
        "ALTER TABLE documents ADD COLUMN failed_run \(.bigint)",
        "UPDATE documents SET failed_run = synced_run WHERE attempts > 0",
        // It was noted as the run that published, and which run did is not known any more.
        "UPDATE documents SET synced_run = NULL WHERE attempts > 0",
        "CREATE INDEX documents_failed_run ON documents (failed_run) WHERE failed_run IS NOT NULL",
        // The bytes that it should have can't be read: they have to be derived again.
        """
        ALTER TABLE documents ADD COLUMN content_lost \(.bigint) NOT NULL DEFAULT 0 CHECK (content_lost IN (0, 1))
        """,
        // When an upload or a delete was last over, whatever came of it.
        "ALTER TABLE documents ADD COLUMN sent_at_ms \(.bigint) NOT NULL DEFAULT 0",
        // Whole seconds, as HTTP counts; never read alone, see `Store.lastModified`.
        "ALTER TABLE documents ADD COLUMN last_modified_s \(.bigint) NOT NULL DEFAULT 0",
    ]
}
