/// Removing what nothing refers to any more, a bounded step at a time, by the stages themselves.
extension Store {
    /// What one step removed.
    package struct CleanedUp: Sendable, Equatable {
        package var blobs = 0
        package var runs = 0
        package var tombstones = 0
        package var downloads = 0
    }

    /// How long things are kept once they are of no more use.
    package struct Retention: Sendable, Equatable {
        /// Bytes that no document and no package names: long enough for every reader to have ended.
        package var blobs: Duration = .seconds(3_600)
        package var runs: Duration = .seconds(30 * 86_400)
        /// Documents that were withdrawn and deleted: as long as a follower may be away.
        package var tombstones: Duration = .seconds(30 * 86_400)

        /// Counts of installations by day.
        package var downloads: Duration = .seconds(366 * 86_400)

        package init() {}
    }

    /// Removes up to `limit` things of each kind.
    ///
    /// A blob is retired when a document or a package gets other content. It is removed when it was retired long
    /// enough ago and has not come back meanwhile; a transaction that brings it back takes it off the list first,
    /// and so waits for this one or is passed over by it.
    package func cleanUp(_ retention: Retention = Retention(), limit: Int = 500) async throws -> CleanedUp {
        func milliseconds(_ duration: Duration) -> Int64 { duration.components.seconds * 1_000 }
        let (blobs, runs) = (milliseconds(retention.blobs), milliseconds(retention.runs))
        let (tombstones, downloads) = (milliseconds(retention.tombstones), milliseconds(retention.downloads))
        return try await self.engine.write { session in
            let retired = try session.rows(
                """
                SELECT hash FROM retired_blobs WHERE retired_at_ms < \(.now) - \(blobs)
                ORDER BY retired_at_ms LIMIT \(Int64(limit)) \(.skipLocked)
                """
            ).map { [SQLValue.blob(try $0.blob(0))] }
            let removed = try session.execute(
                """
                DELETE FROM blobs
                WHERE hash = \(parameter: 0) AND NOT EXISTS (
                    SELECT 1 FROM retired_blobs AS retired
                    JOIN documents ON documents.path = retired.path AND documents.content_hash = retired.hash
                    WHERE retired.hash = blobs.hash
                ) AND NOT EXISTS (
                    SELECT 1 FROM retired_blobs AS retired
                    JOIN packages ON packages.id = retired.package_id AND packages.payload_hash = retired.hash
                    WHERE retired.hash = blobs.hash
                )
                """,
                each: retired
            )
            try session.execute("DELETE FROM retired_blobs WHERE hash = \(parameter: 0)", each: retired)
            return CleanedUp(
                blobs: removed.reduce(0, +),
                runs: try session.execute(
                    """
                    DELETE FROM pipeline_runs WHERE id IN (
                        SELECT id FROM pipeline_runs WHERE finished_at_ms < \(.now) - \(runs)
                        ORDER BY finished_at_ms LIMIT \(Int64(limit))
                    )
                    """
                ),
                tombstones: try Self.forgetTombstones(olderThan: tombstones, limit: limit, session),
                downloads: try Self.forgetDownloads(olderThan: downloads, limit: limit, session)
            )
        }
    }

    /// Forgets documents that are gone; followers who have not heard of it yet must read everything anew.
    private static func forgetTombstones(
        olderThan milliseconds: Int64,
        limit: Int,
        _ session: any SQLSession
    ) throws -> Int {
        let forgotten = try session.rows(
            """
            DELETE FROM documents WHERE path IN (
                SELECT path FROM documents
                WHERE content_hash IS NULL AND deployed_hash IS NULL AND announced_hash IS NULL
                    AND content_changed_at_ms < \(.now) - \(milliseconds) AND lease_until_ms <= \(.now)
                ORDER BY content_changed_at_ms LIMIT \(Int64(limit)) \(.skipLocked)
            ) AND content_hash IS NULL AND deployed_hash IS NULL AND announced_hash IS NULL
            RETURNING feed_position
            """
        )
        if let horizon = try forgotten.compactMap({ try $0.optionalInteger(0) }).max() {
            try session.execute(
                """
                UPDATE settings SET value = CAST(\(horizon) AS TEXT)
                WHERE key = 'feed_horizon' AND CAST(value AS BIGINT) < \(horizon)
                """
            )
        }
        return forgotten.count
    }

    /// Notes the blobs that these writes will leave without a reference.
    ///
    /// Called before the writes.
    static func retire(
        payloads: [(package: Int64, hash: [UInt8])],
        documents: [(path: String, hash: [UInt8]?)],
        _ session: any SQLSession
    ) throws {
        let conflict: SQLStatement = """
            ON CONFLICT (hash) DO UPDATE
                SET path = excluded.path, package_id = excluded.package_id, retired_at_ms = excluded.retired_at_ms
            """
        try session.execute(
            """
            INSERT INTO retired_blobs (hash, package_id, retired_at_ms)
            SELECT payload_hash, id, \(.now) FROM packages
            WHERE id = \(parameter: 0) AND payload_hash IS NOT NULL AND payload_hash <> \(parameter: 1)
            \(conflict)
            """,
            each: payloads.map { [.integer($0.package), .blob($0.hash)] }
        )
        try session.execute(
            """
            INSERT INTO retired_blobs (hash, path, retired_at_ms)
            SELECT content_hash, path, \(.now) FROM documents
            WHERE path = \(parameter: 0) AND content_hash IS NOT NULL
                AND content_hash IS DISTINCT FROM \(parameter: 1)
            \(conflict)
            """,
            each: documents.map { [.text($0.path), .blob($0.hash)] }
        )
    }

    /// Says that a run is still at work: its leases last longer.
    ///
    /// Leases that have ended are not taken back.
    package func renewLeases(run: Int64, leaseMilliseconds: Int64) async throws {
        _ = try await self.engine.write { session in
            for update in ["UPDATE packages", "UPDATE documents"] as [SQLStatement] {
                try session.execute(
                    """
                    \(update) SET lease_until_ms = \(.now) + \(leaseMilliseconds)
                    WHERE lease_until_ms > 0 AND lease_until_ms > \(.now) AND lease_run = \(run)
                    """
                )
            }
            try session.execute(
                """
                UPDATE sources SET lease_until_ms = \(.now) + \(leaseMilliseconds)
                WHERE lease_until_ms > \(.now) AND lease_run = \(run)
                """
            )
        }
    }
}
