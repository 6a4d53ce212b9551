extension Schema {
    /// What was published, in the order in which it was, in place of two indexes of objects.
    ///
    /// In those each object had a place of its own: a run that published a hundred wrote two hundred pages for it.
    ///
    /// What runs of before are not known of any more is of run 0, which is older than any.
    static let stamps: [SQLStatement] = [
        """
        CREATE TABLE stamps (
            object_key TEXT \(.bytewise) NOT NULL,
            run        \(.bigint) NOT NULL,
            position   \(.bigint)
        ) \(.strict)
        """,
        """
        INSERT INTO stamps (object_key, run, position)
        SELECT key, coalesce(synced_run, 0), feed_position FROM objects
        WHERE synced_run IS NOT NULL OR feed_position IS NOT NULL
        ORDER BY coalesce(synced_run, 0), feed_position
        """,
        "CREATE INDEX stamps_run ON stamps (run)",
        "CREATE INDEX stamps_position ON stamps (position) WHERE position IS NOT NULL",
        "DROP INDEX objects_synced_run",
        "DROP INDEX objects_feed",
    ]
}
