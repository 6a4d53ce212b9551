extension Schema {
    /// The archives that versions of packages want, and what is known of those that are in the bucket.
    ///
    /// A row is about the bytes of one version at one reference. It stays, also when upstream no longer lists the version:
    /// `is_listed` is 0 then. There is something to fetch where `due_at_ms` is set, and there are bytes where `object_key` is;
    /// equal bytes are one object, of which `objects` knows the hash. What is there is never fetched again.
    ///
    /// `refused_bytes` is a size that the archive is above; `needs_confirmation` is 1 until it is certain that the bytes are
    /// of this reference.
    static let archives: [SQLStatement] = [
        """
        CREATE TABLE archives (
            id                 \(.identity),
            package_id         \(.bigint) NOT NULL REFERENCES packages (id),
            source             TEXT NOT NULL REFERENCES sources (name),
            identity           \(.bytes) NOT NULL CHECK (length(identity) = 32),
            version            TEXT NOT NULL,
            type               TEXT NOT NULL,
            url                TEXT NOT NULL,
            reference          TEXT,
            shasum             TEXT,
            newer_than_ms      \(.bigint),
            needs_confirmation \(.bigint) NOT NULL DEFAULT 0 CHECK (needs_confirmation IN (0, 1)),
            is_listed          \(.bigint) NOT NULL DEFAULT 1 CHECK (is_listed IN (0, 1)),
            due_at_ms          \(.bigint),
            attempts           \(.bigint) NOT NULL DEFAULT 0,
            last_error         TEXT,
            refused_bytes      \(.bigint),
            object_key         TEXT \(.bytewise),
            sha1               \(.bytes) CHECK (length(sha1) = 20),
            size               \(.bigint) CHECK (size >= 0),
            kind               TEXT,
            fetched_at_ms      \(.bigint),
            fetched_from       TEXT,
            last_modified_ms   \(.bigint),
            claim_number       \(.bigint) NOT NULL DEFAULT 0,
            lease_run          \(.bigint),
            lease_until_ms     \(.bigint) NOT NULL DEFAULT 0,
            UNIQUE (package_id, identity),
            CHECK ((object_key IS NULL) = (sha1 IS NULL)),
            CHECK ((object_key IS NULL) = (size IS NULL)),
            CHECK ((object_key IS NULL) = (fetched_at_ms IS NULL)),
            CHECK (object_key IS NULL OR due_at_ms IS NULL)
        ) \(.strict)
        """,
        "CREATE INDEX archives_due ON archives (source, due_at_ms) WHERE due_at_ms IS NOT NULL",
        "CREATE INDEX archives_failing ON archives (due_at_ms) WHERE attempts > 0",
        "CREATE INDEX archives_leased ON archives (lease_until_ms) WHERE lease_until_ms > 0",
        """
        CREATE INDEX archives_unconfirmed ON archives (source, fetched_at_ms)
            WHERE needs_confirmation = 1 AND object_key IS NOT NULL
        """,
        "CREATE INDEX archives_object ON archives (object_key) WHERE object_key IS NOT NULL",
        // Grows with every change of what a package's documents are derived from beside what upstream says of it; and when
        // they are derived again because of that.
        "ALTER TABLE packages ADD COLUMN archives_revision \(.bigint) NOT NULL DEFAULT 0",
        "ALTER TABLE packages ADD COLUMN derive_at_ms \(.bigint)",
        "CREATE INDEX packages_derivable ON packages (source, derive_at_ms) WHERE derive_at_ms IS NOT NULL",
    ]
}
