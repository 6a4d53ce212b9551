/// What is remembered of a source's trouble, and how its cursor begins and is set back.
extension Store {
    /// Sets the cursor of a source that has none: the log is read from the revision after it.
    ///
    /// - Throws: ``StoreError/leaseLost(source:)``.
    package func setFirstCursor(_ revision: Int64, source: String, run: Int64) async throws {
        try await self.engine.write { session in
            let held = try session.execute(
                "UPDATE sources SET cursor = coalesce(cursor, CAST(\(revision) AS TEXT)) WHERE name = \(source) AND lease_run = \(run)"
            )
            guard held == 1 else { throw StoreError.leaseLost(source: source) }
        }
    }

    /// Remembers whether upstream says that its youngest revision is below the cursor.
    ///
    /// - Returns: For how long it has, in milliseconds; 0 when it does not.
    @discardableResult
    package func note(isBehind: Bool, source: String) async throws -> Int64 {
        try await self.engine.write { session in
            guard isBehind else {
                try session.execute("UPDATE sources SET behind_since_ms = NULL WHERE name = \(source)")
                return 0
            }
            try session.execute(
                "UPDATE sources SET behind_since_ms = coalesce(behind_since_ms, \(.now)) WHERE name = \(source)"
            )
            return try session.rows(
                "SELECT coalesce(\(.now) - behind_since_ms, 0) FROM sources WHERE name = \(source)"
            ).first?.integer(0) ?? 0
        }
    }

    /// Remembers whether the source could be taken in without trouble, also of one that never was.
    package func note(isFailing: Bool, source: String) async throws {
        _ = try await self.engine.write { session in
            guard isFailing else {
                return try session.execute("UPDATE sources SET failing_since_ms = NULL WHERE name = \(source)")
            }
            return try session.execute(
                """
                INSERT INTO sources (name, failing_since_ms) VALUES (\(source), \(.now))
                ON CONFLICT (name) DO UPDATE
                    SET failing_since_ms = coalesce(sources.failing_since_ms, excluded.failing_since_ms)
                """
            )
        }
    }

    /// Sets a cursor back that is ahead of upstream, to the last revision up to `youngest` that is known to have been
    /// taken in, and drops what the log seemed to say of later ones.
    ///
    /// - Returns: The source as it is now.
    /// - Throws: ``StoreError/leaseLost(source:)``.
    package func resetCursor(youngest: Int64, source: String, run: Int64) async throws -> Source? {
        try await self.engine.write { session in
            // Not before the known log: what is older was never meant to be read.
            let cursor =
                try session.rows(
                    """
                    SELECT coalesce(
                        CASE WHEN seen >= log_from THEN seen WHEN log_from <= \(youngest) THEN log_from - 1 END,
                        \(youngest)
                    )
                    FROM (
                        SELECT (SELECT max(changed_revision) FROM packages
                                WHERE source = sources.name AND changed_revision <= \(youngest)) AS seen,
                            CAST(log_from AS BIGINT) AS log_from
                        FROM sources WHERE name = \(source)
                    ) AS known
                    """
                ).first?.integer(0) ?? youngest
            let held = try session.execute(
                """
                UPDATE sources
                SET cursor = CAST(\(cursor) AS TEXT), cursor_at_ms = NULL, behind_since_ms = NULL,
                    log_from = CASE WHEN CAST(log_from AS BIGINT) <= \(cursor) THEN log_from END,
                    backfill_from = CASE WHEN CAST(backfill_from AS BIGINT) <= \(cursor) THEN backfill_from END,
                    backfill_cursor = CASE WHEN CAST(backfill_cursor AS BIGINT) <= \(cursor) THEN backfill_cursor END
                WHERE name = \(source) AND lease_run = \(run)
                """
            )
            guard held == 1 else { throw StoreError.leaseLost(source: source) }
            try Self.dropFacts(after: youngest, source: source, session)
            try session.execute(
                """
                UPDATE packages
                SET settled_revision = CASE WHEN settled_revision > \(youngest) THEN \(cursor) ELSE settled_revision END,
                    changed_revision = \(cursor), due_at_ms = \(.now), looks = 0, format = 0, discovered_run = \(run)
                WHERE source = \(source) AND changed_revision > \(youngest)
                """
            )
            return try Self.source(source, session)
        }
    }
}
