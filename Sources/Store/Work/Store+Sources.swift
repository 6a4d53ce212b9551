package import Facts

/// `sources`: how far each was taken in, and the lease of `discover`.
extension Store {
    /// The source's row, nil before its first run.
    package func source(_ name: SourceName) async throws -> Source? {
        try await self.engine.read { try Self.source(name, $0) }
    }

    package func sources() async throws -> [Source] {
        try await self.engine.read { session in
            try session.rows("SELECT \(Self.sourceColumns) FROM sources ORDER BY name").map(Source.init(row:))
        }
    }

    /// Takes or renews the lease of a source, creating its row at its first run.
    ///
    /// - Returns: The row as it is now, or nil when another run holds the lease.
    package func leaseSource(_ name: SourceName, run: RunID, leaseMilliseconds: Int64) async throws -> Source? {
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

    package func releaseSource(_ name: SourceName, run: RunID) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                "UPDATE sources SET lease_run = NULL, lease_until_ms = 0 WHERE name = \(name) AND lease_run = \(run)"
            )
        }
    }

    /// Changes the row of a source that the run holds.
    ///
    /// - Throws: ``StoreError/leaseLost(source:)``.
    static func update(
        source: SourceName,
        heldBy run: RunID,
        set change: SQLStatement,
        _ session: any SQLSession
    ) throws {
        let held = try session.execute(
            "UPDATE sources SET \(change) WHERE name = \(source) AND lease_run = \(run)"
        )
        guard held == 1 else { throw StoreError.leaseLost(source: source) }
    }

    static func source(_ name: SourceName, _ session: any SQLSession) throws -> Source? {
        try session.rows("SELECT \(Self.sourceColumns) FROM sources WHERE name = \(name)").first.map(Source.init(row:))
    }

    private static let sourceColumns: SQLStatement = """
        name, cursor, cursor_at_ms, log_from, backfill_from, backfill_cursor, reconciled_at_ms, wants_listing, listing_count,
        listing_etag, listing_scope, vendors_at_ms, behind_since_ms, failing_since_ms, refused_since_ms,
        CASE WHEN lease_until_ms > \(.now) THEN lease_run END AS leased_by, \(.now) AS read_at_ms
        """
}

extension Source {
    fileprivate init(row: SQLRow) throws {
        self.init(
            name: try row["name"],
            cursor: try row["cursor"],
            cursorAtMilliseconds: try row["cursor_at_ms"],
            logFrom: try row["log_from"],
            reconciledAtMilliseconds: try row["reconciled_at_ms"],
            wantsListing: try row["wants_listing"],
            listingCount: try row["listing_count"],
            listingETag: try row["listing_etag"],
            listingScope: try row["listing_scope"],
            vendorsAtMilliseconds: try row["vendors_at_ms"],
            behindSinceMilliseconds: try row["behind_since_ms"],
            failingSinceMilliseconds: try row["failing_since_ms"],
            refusedSinceMilliseconds: try row["refused_since_ms"],
            leasedBy: try row["leased_by"],
            readAtMilliseconds: try row["read_at_ms"],
            backfillFrom: try row["backfill_from"],
            backfillCursor: try row["backfill_cursor"]
        )
    }
}
