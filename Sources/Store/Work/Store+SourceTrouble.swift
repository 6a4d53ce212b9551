package import Facts

/// What is remembered of a source's trouble, and how its cursor begins and is set back.
extension Store {
    /// Sets the cursor of a source that has none: changes are read from there on.
    ///
    /// - Throws: ``StoreError/leaseLost(source:)``.
    package func setFirstCursor(_ position: Position, source: SourceName, run: RunID) async throws {
        try await self.engine.write { session in
            try Self.update(source: source, heldBy: run, set: "cursor = coalesce(cursor, \(position.text))", session)
        }
    }

    /// Remembers whether upstream says that it is before the cursor.
    ///
    /// - Returns: For how long it has, in milliseconds; 0 when it does not.
    @discardableResult
    package func note(isBehind: Bool, source: SourceName) async throws -> Int64 {
        try await self.engine.write { session in
            guard isBehind else {
                try session.execute("UPDATE sources SET behind_since_ms = NULL WHERE name = \(source)")
                return 0
            }
            try session.execute(
                "UPDATE sources SET behind_since_ms = coalesce(behind_since_ms, \(.now)) WHERE name = \(source)"
            )
            return try session.rows(
                "SELECT coalesce(\(.now) - behind_since_ms, 0) AS lasted_ms FROM sources WHERE name = \(source)"
            ).first?["lasted_ms"] ?? 0
        }
    }

    /// Remembers whether upstream refuses to tell what came after the cursor.
    ///
    /// - Returns: For how long it has, in milliseconds; 0 when it does not.
    @discardableResult
    package func note(isRefused: Bool, source: SourceName) async throws -> Int64 {
        try await self.engine.write { session in
            try session.execute(
                """
                UPDATE sources SET refused_since_ms = \(isRefused ? "coalesce(refused_since_ms, \(.now))" : "NULL")
                WHERE name = \(source)
                """
            )
            return try session.rows(
                "SELECT coalesce(\(.now) - refused_since_ms, 0) AS lasted_ms FROM sources WHERE name = \(source)"
            ).first?["lasted_ms"] ?? 0
        }
    }

    /// Remembers whether the source could be taken in without trouble, also of one that never was.
    package func note(isFailing: Bool, source: SourceName) async throws {
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

    /// Remembers that these were taken in without trouble by a run that other sources keep from ending well.
    package func note(well sources: [SourceName], run: RunID) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE sources SET well_at_ms = (SELECT started_at_ms FROM pipeline_runs WHERE id = \(run))
                WHERE name \(anyOf: sources.map(\.rawValue))
                """
            )
        }
    }

    /// Sets a cursor back that is ahead of upstream, to the last revision up to `youngest` that is known to have been
    /// taken in, and drops what seemed to be known of later ones.
    ///
    /// - Parameters:
    ///   - number: The revision that a position of the source stands for.
    ///   - position: The position of a revision.
    /// - Returns: The source as it is now.
    /// - Throws: ``StoreError/leaseLost(source:)``.
    package func resetCursor(
        youngest: Int64,
        source: SourceName,
        run: RunID,
        number: @escaping @Sendable (Position) -> Int64?,
        position: @escaping @Sendable (Int64) -> Position
    ) async throws -> Source? {
        try await self.engine.write { session in
            guard let known = try Self.source(source, session) else { throw StoreError.leaseLost(source: source) }
            let seen: Int64? = try session.rows(
                """
                SELECT max(changed_revision) AS seen FROM packages
                WHERE source = \(source) AND changed_revision <= \(youngest)
                """
            )[0]["seen"]
            // Not before what is known: what is older was never meant to be read.
            var cursor = youngest
            if let from = known.logFrom.flatMap(number), from <= youngest {
                cursor = max(seen ?? .min, from.subtractingReportingOverflow(1).overflow ? from : from - 1)
            }
            func kept(_ known: Position?) -> SQLValue {
                .text(known.flatMap { position in number(position).map { $0 <= cursor } == true ? position.text : nil })
            }
            try Self.update(
                source: source,
                heldBy: run,
                set: """
                    cursor = \(position(cursor).text), cursor_at_ms = NULL, behind_since_ms = NULL,
                    log_from = \(kept(known.logFrom)), backfill_from = \(kept(known.backfillFrom)),
                    backfill_cursor = \(kept(known.backfillCursor))
                    """,
                session
            )
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
