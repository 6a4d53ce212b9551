extension Schema {
    /// What is known of archives by looking at the bucket.
    ///
    /// `lost_key` is what a row's bytes were called when they were found to be gone: they come back under that name or not at
    /// all. `found_archives` has the checksum and the size of objects that were found and read, whoever names them.
    static let foundArchives: [SQLStatement] = [
        "ALTER TABLE archives ADD COLUMN lost_key TEXT \(.bytewise)",
        "CREATE INDEX archives_lost ON archives (lost_key) WHERE lost_key IS NOT NULL",
        "CREATE INDEX archives_awaited ON archives (shasum) WHERE shasum IS NOT NULL AND object_key IS NULL",
        "CREATE INDEX objects_lost ON objects (key) WHERE kind = 'archive' AND live_hash IS NULL",
        """
        CREATE TABLE found_archives (
            key         TEXT \(.bytewise) NOT NULL PRIMARY KEY,
            sha1        \(.bytes) NOT NULL CHECK (length(sha1) = 20),
            size        \(.bigint) NOT NULL CHECK (size >= 0),
            found_at_ms \(.bigint) NOT NULL
        ) \(.strictByKey)
        """,
        // Until when nobody may fetch, because somebody removes. It is there from the beginning, so that it can be waited for.
        "INSERT INTO settings (key, value) VALUES ('archive_removal', '0') ON CONFLICT (key) DO NOTHING",
    ]
}
