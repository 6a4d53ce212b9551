extension Schema {
    /// Sources and packages of any kind: positions that only their kind reads, a fingerprint for each source, names,
    /// payloads of several parts, and packages that are never looked at again.
    static let seam: [SQLStatement] = [
        // SQLite changes no column's type: each is written anew under its name.
        "ALTER TABLE sources RENAME COLUMN cursor TO cursor_number",
        "ALTER TABLE sources RENAME COLUMN log_from TO log_from_number",
        "ALTER TABLE sources RENAME COLUMN backfill_from TO backfill_from_number",
        "ALTER TABLE sources RENAME COLUMN backfill_cursor TO backfill_cursor_number",
        "ALTER TABLE sources ADD COLUMN cursor TEXT",
        "ALTER TABLE sources ADD COLUMN log_from TEXT",
        "ALTER TABLE sources ADD COLUMN backfill_from TEXT",
        "ALTER TABLE sources ADD COLUMN backfill_cursor TEXT",
        "ALTER TABLE sources ADD COLUMN fingerprint TEXT",
        "ALTER TABLE sources ADD COLUMN format \(.bigint) NOT NULL DEFAULT 0",
        "ALTER TABLE sources ADD COLUMN naming TEXT",
        """
        UPDATE sources
        SET cursor = CAST(cursor_number AS TEXT), log_from = CAST(log_from_number AS TEXT),
            backfill_from = CAST(backfill_from_number AS TEXT),
            backfill_cursor = CAST(backfill_cursor_number AS TEXT),
            fingerprint = (SELECT value FROM settings WHERE key = 'derivation_fingerprint'),
            format = coalesce((SELECT CAST(value AS BIGINT) FROM settings WHERE key = 'derivation_format'), 0)
        """,
        "DELETE FROM settings WHERE key IN ('derivation_fingerprint', 'derivation_format')",
        "ALTER TABLE sources DROP COLUMN cursor_number",
        "ALTER TABLE sources DROP COLUMN log_from_number",
        "ALTER TABLE sources DROP COLUMN backfill_from_number",
        "ALTER TABLE sources DROP COLUMN backfill_cursor_number",
        "ALTER TABLE sources DROP COLUMN listing_digest",

        "DROP INDEX packages_browse",
        "ALTER TABLE packages DROP COLUMN search_text",
        "ALTER TABLE packages RENAME COLUMN slug TO key",
        // Keys are merged with listings, and names told, in the order of their bytes.
        "\(.only(.postgres, "ALTER TABLE packages ALTER COLUMN key TYPE TEXT COLLATE \"C\""))",
        "ALTER TABLE packages ADD COLUMN name TEXT \(.bytewise)",
        "DROP INDEX packages_due",
        "DROP INDEX packages_failing",
        "DROP INDEX packages_format",
        // Nothing: never. SQLite takes NOT NULL off no column.
        "ALTER TABLE packages RENAME COLUMN due_at_ms TO was_due_at_ms",
        "ALTER TABLE packages ADD COLUMN due_at_ms \(.bigint)",
        """
        UPDATE packages
        SET due_at_ms = was_due_at_ms,
            name = (
                SELECT substr(path, 4, length(path) - 8) FROM documents
                WHERE package_id = packages.id AND path LIKE 'p2/%.json' AND path NOT LIKE '%~dev.json'
                ORDER BY CASE WHEN content_hash IS NULL THEN 1 ELSE 0 END, content_changed_at_ms DESC, path LIMIT 1
            )
        """,
        "ALTER TABLE packages DROP COLUMN was_due_at_ms",
        "CREATE INDEX packages_due ON packages (source, due_at_ms) WHERE due_at_ms IS NOT NULL",
        "CREATE INDEX packages_failing ON packages (due_at_ms) WHERE attempts > 0",
        "CREATE INDEX packages_outdated ON packages (source, format) WHERE payload_hash IS NOT NULL",
        "CREATE UNIQUE INDEX packages_name ON packages (name, source) WHERE name IS NOT NULL",
        """
        ALTER TABLE packages ADD COLUMN search_text TEXT
            GENERATED ALWAYS AS (lower(key || ' ' || coalesce(substr(title, 1, 120), ''))) \(.generated)
        """,
        "CREATE INDEX packages_browse ON packages (state, search_text, source, active_installs, last_updated_ms)",

        // Of a payload of several parts, or with validators: `packages.payload_hash` names all its parts together. One
        // part alone is the blob of that hash, and has no row here.
        """
        CREATE TABLE payloads (
            package_id    \(.bigint) NOT NULL REFERENCES packages (id),
            part          TEXT NOT NULL,
            hash          \(.bytes) NOT NULL CHECK (length(hash) = 32),
            etag          TEXT,
            last_modified TEXT,
            PRIMARY KEY (package_id, part)
        ) \(.strictByKey)
        """,
    ]
}
