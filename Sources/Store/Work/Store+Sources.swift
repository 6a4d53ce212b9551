package import Facts

/// `sources`: cursors, listings and the lease of `discover`; and what `discover` records of packages.
extension Store {
    /// The source's row, nil before its first run.
    package func source(_ name: String) async throws -> Source? {
        try await self.engine.read { try Self.source(name, $0) }
    }

    package func sources() async throws -> [Source] {
        try await self.engine.read { session in
            try session.rows("SELECT name FROM sources ORDER BY name").compactMap {
                try Self.source(try $0.text(0), session)
            }
        }
    }

    /// Takes or renews the lease of a source, creating its row at its first run.
    ///
    /// - Returns: The row as it is now, or nil when another run holds the lease.
    package func leaseSource(_ name: String, run: Int64, leaseMilliseconds: Int64) async throws -> Source? {
        try await self.engine.write { session in
            try session.execute("INSERT INTO sources (name) VALUES (\(name)) ON CONFLICT (name) DO NOTHING")
            let taken = try session.execute(
                """
                UPDATE sources SET lease_run = \(run), lease_until_ms = \(.now) + \(leaseMilliseconds)
                WHERE name = \(name) AND (lease_until_ms <= \(.now) OR lease_run = \(run))
                """
            )
            return taken == 1 ? try Self.source(name, session) : nil
        }
    }

    package func releaseSource(_ name: String, run: Int64) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                "UPDATE sources SET lease_run = NULL, lease_until_ms = 0 WHERE name = \(name) AND lease_run = \(run)"
            )
        }
    }

    /// What a stretch of log does to the source itself.
    package enum Progress: Sendable, Equatable {
        /// The cursor moves forward to a revision that the log returned. `logFrom` is where the log began, and
        /// is kept where the source has an earlier one.
        case cursor(Int64, dateMilliseconds: Int64?, logFrom: Int64)
        /// An older stretch was taken in up to `cursor`; `isComplete` when it has met the newer log.
        case backfill(from: Int64, cursor: Int64, isComplete: Bool)
    }

    /// Records one stretch of log: packages become due, facts are kept, the source moves on.
    ///
    /// All or nothing.
    ///
    /// Applying a stretch twice, or an older one after a newer one, leaves what the newer one said.
    ///
    /// - Returns: The number of packages that became due by it.
    /// - Throws: ``StoreError/leaseLost(source:)`` when the run no longer holds the source; nothing is written.
    package func recordLog(
        _ packages: [PackageRecord],
        source: String,
        progress: Progress,
        run: Int64,
        leaseMilliseconds: Int64
    ) async throws -> Int {
        try await self.engine.write { session in
            let renewed =
                switch progress {
                case .cursor(let cursor, let date, let logFrom):
                    try session.execute(
                        """
                        UPDATE sources
                        SET cursor = CASE WHEN CAST(cursor AS BIGINT) > \(cursor) THEN cursor ELSE CAST(\(cursor) AS TEXT) END,
                            cursor_at_ms = coalesce(\(.integer(date)), cursor_at_ms),
                            log_from = coalesce(log_from, CAST(\(logFrom) AS TEXT)),
                            lease_until_ms = \(.now) + \(leaseMilliseconds)
                        WHERE name = \(source) AND lease_run = \(run)
                        """
                    )
                case .backfill(let from, let cursor, let isComplete):
                    try session.execute(
                        """
                        UPDATE sources
                        SET backfill_from = CAST(\(.integer(isComplete ? nil : from)) AS TEXT),
                            backfill_cursor = CAST(\(.integer(isComplete ? nil : cursor)) AS TEXT),
                            log_from = CASE WHEN \(isComplete ? 1 : 0) = 1 THEN CAST(\(from) AS TEXT) ELSE log_from END,
                            lease_until_ms = \(.now) + \(leaseMilliseconds)
                        WHERE name = \(source) AND lease_run = \(run)
                        """
                    )
                }
            guard renewed == 1 else { throw StoreError.leaseLost(source: source) }
            let marked = try Self.markChanged(packages, source: source, run: run, session)
            try Self.recordFacts(packages, source: source, session)
            if case .backfill = progress { try Self.outdate(packages, source: source, session) }
            return marked
        }
    }

    /// Records a complete listing: new keys are inserted, vanished ones become due.
    ///
    /// What is unchanged is not written.
    ///
    /// - Parameters:
    ///   - appeared: Keys of the listing that the database lacks.
    ///   - vanished: Keys of the database that the listing lacks.
    ///   - mayAddLog: Whether a first listing that is older than the known log has what is between added by a backfill.
    /// - Throws: ``StoreError/leaseLost(source:)``.
    package func recordListing(
        _ summary: ListingSummary,
        appeared: [String],
        vanished: [String],
        mayAddLog: Bool,
        source: String,
        run: Int64
    ) async throws {
        try await self.engine.write { session in
            let held = try session.execute(
                """
                UPDATE sources
                SET reconciled_at_ms = \(.now), listing_count = \(summary.count), listing_etag = \(.text(summary.etag)), listing_scope = \(.text(summary.scope)),
                    backfill_from = CASE
                        WHEN \(mayAddLog ? 1 : 0) = 1 AND listing_count IS NULL AND backfill_from IS NULL
                            AND coalesce(CAST(log_from AS BIGINT) - 1, CAST(cursor AS BIGINT)) > \(summary.revision)
                        THEN CAST(\(max(1, summary.revision &+ 1)) AS TEXT) ELSE backfill_from END
                WHERE name = \(source) AND lease_run = \(run)
                """
            )
            guard held == 1 else { throw StoreError.leaseLost(source: source) }
            try session.execute(
                """
                INSERT INTO packages (source, key, due_at_ms, discovered_run)
                VALUES (\(parameter: 0), \(parameter: 1), \(.now), \(parameter: 2))
                ON CONFLICT (source, key) DO NOTHING
                """,
                eachOf: appeared.lazy.map { [.text(source), .text($0), .integer(run)] }
            )
            try session.execute(
                """
                UPDATE packages SET due_at_ms = \(.now), looks = 0, discovered_run = \(parameter: 2)
                WHERE source = \(parameter: 0) AND key = \(parameter: 1) AND (due_at_ms > \(.now) OR due_at_ms IS NULL)
                """,
                eachOf: vanished.lazy.map { [.text(source), .text($0), .integer(run)] }
            )
        }
    }

    /// Records that the listing is what it was; only the time of the reconcile changes.
    package func recordUnchangedListing(source: String, run: Int64) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                "UPDATE sources SET reconciled_at_ms = \(.now) WHERE name = \(source) AND lease_run = \(run)"
            )
        }
    }

    /// All keys of a source, with whether each is known to be no package (any more).
    package func keys(source: String) async throws -> [String: Bool] {
        try await self.engine.read { session in
            let rows = try session.rows("SELECT key, state FROM packages WHERE source = \(source)")
            return Dictionary(
                try rows.map { (try $0.text(0), try $0.text(1) == PackageState.missing.rawValue) },
                uniquingKeysWith: { first, _ in first }
            )
        }
    }

    static func source(_ name: String, _ session: any SQLSession) throws -> Source? {
        try session.rows(
            """
            SELECT name, CAST(cursor AS BIGINT), cursor_at_ms, CAST(log_from AS BIGINT), CAST(backfill_from AS BIGINT),
                CAST(backfill_cursor AS BIGINT), reconciled_at_ms,
                listing_count, listing_etag,
                CASE WHEN lease_until_ms > \(.now) THEN lease_run END, \(.now), listing_scope, behind_since_ms,
                failing_since_ms
            FROM sources WHERE name = \(name)
            """
        ).first.map { row in
            Source(
                name: try row.text(0),
                cursor: try row.optionalInteger(1),
                cursorAtMilliseconds: try row.optionalInteger(2),
                logFrom: try row.optionalInteger(3),
                reconciledAtMilliseconds: try row.optionalInteger(6),
                listingCount: try row.optionalInteger(7),
                listingETag: try row.optionalText(8),
                listingScope: try row.optionalText(11),
                behindSinceMilliseconds: try row.optionalInteger(12),
                failingSinceMilliseconds: try row.optionalInteger(13),
                leasedBy: try row.optionalInteger(9),
                readAtMilliseconds: try row.integer(10),
                backfillFrom: try row.optionalInteger(4),
                backfillCursor: try row.optionalInteger(5)
            )
        }
    }

    private static func markChanged(
        _ packages: [PackageRecord],
        source: String,
        run: Int64,
        _ session: any SQLSession
    ) throws -> Int {
        try session.execute(
            """
            INSERT INTO packages (source, key, changed_revision, changed_at_ms, due_at_ms, discovered_run)
            VALUES (\(parameter: 0), \(parameter: 1), \(parameter: 2), \(parameter: 3), \(.now), \(parameter: 4))
            ON CONFLICT (source, key) DO UPDATE
                SET changed_revision = excluded.changed_revision, changed_at_ms = excluded.changed_at_ms,
                    due_at_ms = CASE WHEN packages.due_at_ms < excluded.due_at_ms
                        THEN packages.due_at_ms ELSE excluded.due_at_ms END,
                    looks = 0, discovered_run = excluded.discovered_run
                WHERE packages.changed_revision < excluded.changed_revision
            """,
            each: packages.map {
                [
                    .text(source), .text($0.key), .integer($0.revision), .integer($0.dateMilliseconds), .integer(run),
                ]
            }
        ).reduce(0, +)
    }

    /// Older facts can change documents whose payload is as it was: those are derived again from what is stored.
    private static func outdate(_ packages: [PackageRecord], source: String, _ session: any SQLSession) throws {
        try session.execute(
            """
            UPDATE packages SET format = 0
            WHERE source = \(parameter: 0) AND key = \(parameter: 1) AND payload_hash IS NOT NULL AND format > 0
            """,
            each: packages.map { [.text(source), .text($0.key)] }
        )
    }
}
