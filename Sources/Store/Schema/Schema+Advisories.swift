extension Schema {
    /// Advisories as feeds say them, apart from packages: they meet where documents are derived.
    ///
    /// `source` is empty where `key` is a Composer name, else `key` is what that source calls the package. `record` is what
    /// the advisory's own source calls it, by which two feeds are seen to say the same. A row that its feed no longer has
    /// stays as a withdrawn one, so that withdrawals can be counted.
    static let advisories: [SQLStatement] = [
        """
        CREATE TABLE advisory_feeds (
            name             TEXT NOT NULL PRIMARY KEY,
            cursor           TEXT,
            asked_at_ms      \(.bigint),
            rest_ms          \(.bigint) NOT NULL DEFAULT 0,
            read_at_ms       \(.bigint),
            read_whole_at_ms \(.bigint),
            failing_since_ms \(.bigint),
            last_error       TEXT,
            joined_under     TEXT,
            lease_run        \(.bigint),
            lease_until_ms   \(.bigint) NOT NULL DEFAULT 0
        ) \(.strictByKey)
        """,
        """
        CREATE TABLE advisories (
            feed            TEXT NOT NULL REFERENCES advisory_feeds (name),
            source          TEXT NOT NULL,
            key             TEXT NOT NULL,
            id              TEXT NOT NULL,
            record          TEXT NOT NULL,
            hash            \(.bytes) NOT NULL CHECK (length(hash) = 32),
            body            \(.bytes) NOT NULL,
            notices_hash    \(.bytes),
            seen_at_ms      \(.bigint) NOT NULL,
            changed_at_ms   \(.bigint) NOT NULL,
            withdrawn_at_ms \(.bigint),
            changed_run     \(.bigint) NOT NULL,
            PRIMARY KEY (feed, source, key, id)
        ) \(.strictByKey)
        """,
        "CREATE INDEX advisories_subject ON advisories (source, key) WHERE withdrawn_at_ms IS NULL",
        "CREATE INDEX advisories_changed ON advisories (changed_at_ms)",
        "CREATE INDEX advisories_withdrawn ON advisories (feed, withdrawn_at_ms) WHERE withdrawn_at_ms IS NOT NULL",
        // What has to go with copies of advisories: the same few texts for tens of thousands.
        """
        CREATE TABLE advisory_notices (
            hash \(.bytes) NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
            body \(.bytes) NOT NULL
        ) \(.strictByKey)
        """,
    ]
}
