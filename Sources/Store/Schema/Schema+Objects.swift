extension Schema {
    /// Everything published is an object, and an announcement says what is live.
    ///
    /// `live_hash` is set by a stamp and cleared when a deletion is claimed, or when the object was looked for and is gone.
    /// `deployed_hash` says whether there is something to do, and is unknown in between.
    ///
    /// `is_stale` marks listings and roots that say something else than what is live; `derived_under` names the settings
    /// that they were derived under.
    static let objects: [SQLStatement] =
        [
            """
            CREATE TABLE objects (
                key                   TEXT \(.bytewise) NOT NULL PRIMARY KEY,
                kind                  TEXT NOT NULL CHECK (kind IN ('archive', 'document', 'listing', 'root')),
                package_id            \(.bigint) REFERENCES packages (id),
                content_hash          \(.bytes) CHECK (length(content_hash) = 32),
                deployed_hash         \(.bytes) CHECK (length(deployed_hash) IN (0, 32)),
                live_hash             \(.bytes) CHECK (length(live_hash) = 32),
                announced_hash        \(.bytes) CHECK (length(announced_hash) IN (0, 32)),
                deployed_etag         TEXT,
                content_changed_at_ms \(.bigint) NOT NULL,
                claimed_at_ms         \(.bigint),
                announced_at_ms       \(.bigint),
                deployed_at_ms        \(.bigint),
                sent_at_ms            \(.bigint) NOT NULL DEFAULT 0,
                last_modified_s       \(.bigint) NOT NULL DEFAULT 0,
                feed_position         \(.bigint),
                content_lost          \(.bigint) NOT NULL DEFAULT 0 CHECK (content_lost IN (0, 1)),
                is_stale              \(.bigint) NOT NULL DEFAULT 0 CHECK (is_stale IN (0, 1)),
                derived_under         \(.bytes) CHECK (length(derived_under) = 32),
                attempts              \(.bigint) NOT NULL DEFAULT 0,
                last_error            TEXT,
                due_at_ms             \(.bigint) NOT NULL DEFAULT 0,
                updated_run           \(.bigint),
                synced_run            \(.bigint),
                failed_run            \(.bigint),
                claim_number          \(.bigint) NOT NULL DEFAULT 0,
                lease_run             \(.bigint),
                lease_until_ms        \(.bigint) NOT NULL DEFAULT 0
            ) \(.strictByKey)
            """,
            """
            INSERT INTO objects (key, kind, \(Self.keptColumns), live_hash)
            SELECT path, CASE WHEN rank = 2 THEN 'root' ELSE 'document' END, \(Self.keptColumns),
                CASE WHEN length(deployed_hash) = 32 THEN deployed_hash
                    WHEN content_hash IS NOT NULL AND length(announced_hash) = 32 THEN announced_hash END
            FROM documents
            """,
            "DROP TABLE documents",
            """
            CREATE INDEX objects_dirty ON objects (kind, due_at_ms, key, content_hash, deployed_hash)
                WHERE content_hash IS DISTINCT FROM deployed_hash
            """,
            "CREATE INDEX objects_failing ON objects (due_at_ms) WHERE attempts > 0",
            "CREATE INDEX objects_leased ON objects (lease_until_ms) WHERE lease_until_ms > 0",
            """
            CREATE INDEX objects_tombstones ON objects (content_changed_at_ms)
                WHERE content_hash IS NULL AND deployed_hash IS NULL
            """,
            "CREATE INDEX objects_feed ON objects (feed_position) WHERE feed_position IS NOT NULL",
            "CREATE INDEX objects_package ON objects (package_id) WHERE package_id IS NOT NULL",
            "CREATE INDEX objects_roots ON objects (key) WHERE kind = 'root'",
            "CREATE INDEX objects_updated_run ON objects (updated_run) WHERE updated_run IS NOT NULL",
            "CREATE INDEX objects_synced_run ON objects (synced_run) WHERE synced_run IS NOT NULL",
            "CREATE INDEX objects_failed_run ON objects (failed_run) WHERE failed_run IS NOT NULL",
        ] + Self.references

    private static let keptColumns: SQLStatement = """
        package_id, content_hash, deployed_hash, announced_hash, deployed_etag, content_changed_at_ms, claimed_at_ms,
            announced_at_ms, deployed_at_ms, sent_at_ms, last_modified_s, feed_position, content_lost, attempts,
            last_error, due_at_ms, updated_run, synced_run, failed_run, claim_number, lease_run, lease_until_ms
        """

    /// How many objects and packages name a blob, and since when none does.
    private static let references: [SQLStatement] = [
        "ALTER TABLE blobs ADD COLUMN refs \(.bigint) NOT NULL DEFAULT 0 CHECK (refs >= 0)",
        "ALTER TABLE blobs ADD COLUMN unreferenced_at_ms \(.bigint)",
        """
        UPDATE blobs SET refs = counted.refs
        FROM (
            SELECT named.hash AS name, count(*) AS refs FROM (
                SELECT content_hash AS hash FROM objects WHERE content_hash IS NOT NULL AND content_lost = 0
                UNION ALL SELECT payload_hash FROM packages WHERE payload_hash IS NOT NULL
            ) AS named GROUP BY named.hash
        ) AS counted
        WHERE blobs.hash = counted.name
        """,
        "UPDATE blobs SET unreferenced_at_ms = \(.now) WHERE refs = 0",
        "CREATE INDEX blobs_unreferenced ON blobs (unreferenced_at_ms) WHERE refs = 0",
        "DROP TABLE retired_blobs",
    ]
}
