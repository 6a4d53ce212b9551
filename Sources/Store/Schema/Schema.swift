/// The schema as numbered migrations, oldest first.
///
/// Applied migrations are never edited.
///
/// Instants are integers: milliseconds since 1970 in UTC, which both engines compare, index and add alike.
/// A `lease_until_ms` in the past, 0 included, means nobody holds the row.
package enum Schema {
    package typealias Migration = (number: Int, name: String, statements: [SQLStatement])

    package static let migrations: [Migration] = [
        (1, "pipeline", Self.pipeline),
        (2, "clean-up", Self.cleanUp),
        (3, "feed", Self.feed),
        (4, "downloads", Self.downloads),
        (5, "browse", Self.browse),
        (6, "counting", Self.counting),
        (7, "discovery", Self.discovery),
        (8, "facts", Self.facts),
        (9, "withdrawals", Self.withdrawals),
        (10, "publishing", Self.publishing),
        (11, "seam", Self.seam + Self.objects),
        (12, "repositories", Self.repositories),
        (13, "ownership", Self.ownership),
        (14, "offers", Self.offers),
        (15, "requirements", Self.requirements),
        (16, "provider tree", Self.providerTree),
        (17, "behind", Self.behind),
        (18, "archives", Self.archives),
        (20, "found archives", Self.foundArchives),
        (21, "archive notes", Self.archiveNotes),
        (22, "advisories", Self.advisories),
        (23, "closures", Self.closures + Self.filters),
        (24, "archive trail", Self.archiveTrail),
        (25, "checks", Self.checks),
        (26, "never told", Self.neverTold),
        (27, "package leases", Self.packageLeases),
        (28, "object leases", Self.objectLeases),
        (29, "stamps", Self.stamps),
        (30, "well", Self.well),
    ]

    private static let pipeline: [SQLStatement] = [
        """
        CREATE TABLE pipeline_runs (
            id             \(.identity),
            stage          TEXT NOT NULL CHECK (stage IN ('discover', 'update', 'sync')),
            status         TEXT NOT NULL CHECK (status IN
                ('running', 'succeeded', 'partial', 'failed', 'interrupted', 'abandoned', 'skipped')),
            worker         TEXT NOT NULL,
            version        TEXT NOT NULL,
            started_at_ms  \(.bigint) NOT NULL,
            heartbeat_at_ms \(.bigint) NOT NULL,
            finished_at_ms \(.bigint),
            consumed       TEXT NOT NULL DEFAULT '[]',
            counters       TEXT NOT NULL DEFAULT '{}',
            error          TEXT,
            CHECK ((status = 'running') = (finished_at_ms IS NULL))
        ) \(.strict)
        """,
        "CREATE INDEX pipeline_runs_running ON pipeline_runs (heartbeat_at_ms) WHERE status = 'running'",
        "CREATE INDEX pipeline_runs_stage ON pipeline_runs (stage, id)",
        """
        CREATE TABLE settings (
            key   TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        ) \(.strictByKey)
        """,
        """
        CREATE TABLE sources (
            name             TEXT NOT NULL PRIMARY KEY,
            cursor           \(.bigint),
            cursor_at_ms     \(.bigint),
            log_from         \(.bigint),
            backfill_from    \(.bigint),
            backfill_cursor  \(.bigint),
            reconciled_at_ms \(.bigint),
            listing_count    \(.bigint),
            listing_digest   TEXT,
            listing_etag     TEXT,
            lease_run        \(.bigint),
            lease_until_ms   \(.bigint) NOT NULL DEFAULT 0
        ) \(.strictByKey)
        """,
        """
        CREATE TABLE blobs (
            hash     \(.bytes) NOT NULL CHECK (length(hash) = 32),
            encoding TEXT NOT NULL CHECK (encoding IN ('identity', 'gzip')),
            size     \(.bigint) NOT NULL CHECK (size >= 0),
            bytes    \(.bytes) NOT NULL,
            PRIMARY KEY (hash)
        ) \(.strict)
        """,
        """
        CREATE TABLE packages (
            id               \(.identity),
            source           TEXT NOT NULL REFERENCES sources (name),
            slug             TEXT NOT NULL CHECK (slug <> ''),
            state            TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'active', 'closed', 'missing')),
            closed_date      TEXT,
            closed_reason    TEXT,
            closed_permanent \(.bigint) NOT NULL DEFAULT 0 CHECK (closed_permanent IN (0, 1)),
            changed_revision \(.bigint) NOT NULL DEFAULT 0,
            changed_at_ms    \(.bigint),
            settled_revision \(.bigint) NOT NULL DEFAULT 0,
            payload_hash     \(.bytes),
            derived_key      \(.bytes),
            format           \(.bigint) NOT NULL DEFAULT 0,
            title            TEXT,
            latest_version   TEXT,
            active_installs  \(.bigint),
            last_updated_ms  \(.bigint),
            due_at_ms        \(.bigint) NOT NULL,
            looks            \(.bigint) NOT NULL DEFAULT 0,
            attempts         \(.bigint) NOT NULL DEFAULT 0,
            last_error       TEXT,
            discovered_run   \(.bigint),
            updated_run      \(.bigint),
            claim_number     \(.bigint) NOT NULL DEFAULT 0,
            lease_run        \(.bigint),
            lease_until_ms   \(.bigint) NOT NULL DEFAULT 0,
            UNIQUE (source, slug)
        ) \(.strict)
        """,
        "CREATE INDEX packages_due ON packages (source, due_at_ms)",
        "CREATE INDEX packages_failing ON packages (due_at_ms) WHERE attempts > 0",
        "CREATE INDEX packages_format ON packages (format) WHERE payload_hash IS NOT NULL",
        "CREATE INDEX packages_leased ON packages (lease_until_ms) WHERE lease_until_ms > 0",
        """
        CREATE TABLE log_facts (
            package_id        \(.bigint) NOT NULL REFERENCES packages (id),
            path              TEXT NOT NULL,
            revision          \(.bigint) NOT NULL,
            changed_at_ms     \(.bigint),
            appeared_revision \(.bigint),
            appeared_at_ms    \(.bigint),
            removed           \(.bigint) NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)),
            PRIMARY KEY (package_id, path)
        ) \(.strictByKey)
        """,
        """
        CREATE TABLE documents (
            path                  TEXT NOT NULL PRIMARY KEY,
            package_id            \(.bigint) REFERENCES packages (id),
            rank                  \(.bigint) NOT NULL CHECK (rank IN (1, 2)),
            content_hash          \(.bytes) CHECK (length(content_hash) = 32),
            deployed_hash         \(.bytes) CHECK (length(deployed_hash) IN (0, 32)),
            deployed_etag         TEXT,
            content_changed_at_ms \(.bigint) NOT NULL,
            deployed_at_ms        \(.bigint),
            feed_position         \(.bigint),
            attempts              \(.bigint) NOT NULL DEFAULT 0,
            last_error            TEXT,
            due_at_ms             \(.bigint) NOT NULL DEFAULT 0,
            updated_run           \(.bigint),
            synced_run            \(.bigint),
            claim_number          \(.bigint) NOT NULL DEFAULT 0,
            lease_run             \(.bigint),
            lease_until_ms        \(.bigint) NOT NULL DEFAULT 0
        ) \(.strictByKey)
        """,
        """
        CREATE INDEX documents_dirty ON documents (rank, due_at_ms, path)
            WHERE content_hash IS DISTINCT FROM deployed_hash
        """,
        "CREATE INDEX documents_failing ON documents (due_at_ms) WHERE attempts > 0",
        "CREATE INDEX documents_leased ON documents (lease_until_ms) WHERE lease_until_ms > 0",
    ]

    private static let cleanUp: [SQLStatement] = [
        """
        CREATE TABLE retired_blobs (
            hash          \(.bytes) NOT NULL CHECK (length(hash) = 32),
            path          TEXT,
            package_id    \(.bigint),
            retired_at_ms \(.bigint) NOT NULL,
            PRIMARY KEY (hash),
            CHECK ((path IS NULL) <> (package_id IS NULL))
        ) \(.strict)
        """,
        "CREATE INDEX retired_blobs_age ON retired_blobs (retired_at_ms)",
        "CREATE INDEX pipeline_runs_finished ON pipeline_runs (finished_at_ms) WHERE finished_at_ms IS NOT NULL",
        """
        CREATE INDEX documents_tombstones ON documents (content_changed_at_ms)
            WHERE content_hash IS NULL AND deployed_hash IS NULL
        """,
    ]

    /// What is live already counts as announced: followers of before start from a resync.
    private static let feed: [SQLStatement] = [
        "ALTER TABLE documents ADD COLUMN announced_hash \(.bytes) CHECK (length(announced_hash) IN (0, 32))",
        "ALTER TABLE documents ADD COLUMN announced_at_ms \(.bigint)",
        "ALTER TABLE documents ADD COLUMN claimed_at_ms \(.bigint)",
        "UPDATE documents SET announced_hash = deployed_hash WHERE rank = 1 AND deployed_hash IS NOT NULL",
        "CREATE INDEX documents_feed ON documents (feed_position) WHERE feed_position IS NOT NULL",
        """
        INSERT INTO settings (key, value) VALUES
            ('feed_position', CAST(\(.now) * 10 AS TEXT)), ('feed_horizon', CAST(\(.now) * 10 AS TEXT))
        """,
    ]

    private static let downloads: [SQLStatement] = [
        """
        CREATE TABLE downloads (
            package_id \(.bigint) NOT NULL REFERENCES packages (id),
            day        \(.bigint) NOT NULL,
            count      \(.bigint) NOT NULL CHECK (count > 0),
            PRIMARY KEY (package_id, day)
        ) \(.strictByKey)
        """,
        "CREATE INDEX downloads_age ON downloads (day)",
        "CREATE INDEX documents_package ON documents (package_id) WHERE package_id IS NOT NULL",
    ]

    /// What the pages ask for: one index that searches, sorts and counts packages without reading the table, and what
    /// each run touched.
    private static let browse: [SQLStatement] = [
        // Short, because an entry of an index has to be.
        """
        ALTER TABLE packages ADD COLUMN search_text TEXT
            GENERATED ALWAYS AS (lower(slug || ' ' || coalesce(substr(title, 1, 120), ''))) \(.generated)
        """,
        "CREATE INDEX packages_browse ON packages (state, search_text, source, active_installs, last_updated_ms)",
        "CREATE INDEX packages_discovered_run ON packages (discovered_run) WHERE discovered_run IS NOT NULL",
        "CREATE INDEX packages_updated_run ON packages (updated_run) WHERE updated_run IS NOT NULL",
        "CREATE INDEX documents_updated_run ON documents (updated_run) WHERE updated_run IS NOT NULL",
        "CREATE INDEX documents_synced_run ON documents (synced_run) WHERE synced_run IS NOT NULL",
    ]

    /// Holds all that is asked of dirty documents in order to count them.
    private static let counting: [SQLStatement] = [
        "DROP INDEX documents_dirty",
        """
        CREATE INDEX documents_dirty ON documents (rank, due_at_ms, path, content_hash, deployed_hash)
            WHERE content_hash IS DISTINCT FROM deployed_hash
        """,
    ]
}
