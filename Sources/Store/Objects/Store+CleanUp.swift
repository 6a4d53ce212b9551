package import Facts

/// Removing what nothing refers to any more, a bounded step at a time, by the stages themselves.
extension Store {
    /// What one step removed.
    package struct CleanedUp: Sendable, Equatable {
        package var blobs = 0
        package var runs = 0
        package var tombstones = 0
        package var stamps = 0
        package var downloads = 0

        /// Of the kind that it removed most of: below the limit, nothing is left.
        package var most: Int { max(self.blobs, self.runs, self.tombstones, self.stamps, self.downloads) }
    }

    /// How long things are kept once they are of no more use.
    package struct Retention: Sendable, Equatable {
        /// Bytes that no document and no package names: long enough for every reader to have ended.
        package var blobs: Duration = .seconds(3_600)
        /// With what they published.
        package var runs: Duration = .seconds(30 * 86_400)
        /// Of what was announced, how many of the last stay, however old: a repository that seldom changes has a past too.
        package var announcements = 1_000
        /// Documents that were withdrawn and deleted: as long as a follower may be away.
        package var tombstones: Duration = .seconds(30 * 86_400)

        /// Counts of installations by day.
        package var downloads: Duration = .seconds(366 * 86_400)

        package init() {}
    }

    /// Removes up to `limit` things of each kind.
    ///
    /// A blob goes when nothing has named it for long enough; a transaction that names it again waits for this one, or
    /// is passed over by it.
    package func cleanUp(_ retention: Retention = Retention(), limit: Int = 500) async throws -> CleanedUp {
        func milliseconds(_ duration: Duration) -> Int64 { duration.components.seconds * 1_000 }
        let (blobs, runs) = (milliseconds(retention.blobs), milliseconds(retention.runs))
        let (tombstones, downloads) = (milliseconds(retention.tombstones), milliseconds(retention.downloads))
        return try await self.engine.write { session in
            CleanedUp(
                blobs: try session.execute(
                    """
                    DELETE FROM blobs WHERE refs = 0 AND hash IN (
                        SELECT hash FROM blobs WHERE refs = 0 AND unreferenced_at_ms < \(.now) - \(blobs)
                        ORDER BY unreferenced_at_ms LIMIT \(Int64(limit)) \(.skipLocked)
                    )
                    """
                ),
                runs: try Self.forgetRuns(olderThan: runs, limit: limit, session),
                tombstones: try Self.forgetTombstones(olderThan: tombstones, limit: limit, session),
                stamps: try Self.forgetStamps(keeping: retention.announcements, limit: limit, session),
                downloads: try Self.forgetDownloads(olderThan: downloads, limit: limit, session)
            )
        }
    }

    /// Forgets the oldest runs that have ended.
    ///
    /// Not the last one: SQLite gives its number to the next run then, and what has become of which run is told by them.
    static func forgetRuns(olderThan milliseconds: Int64, limit: Int, _ session: any SQLSession) throws -> Int {
        try session.execute(
            """
            DELETE FROM pipeline_runs WHERE id IN (
                SELECT id FROM pipeline_runs
                WHERE finished_at_ms < \(.now) - \(milliseconds) AND id < (SELECT max(id) FROM pipeline_runs)
                ORDER BY finished_at_ms LIMIT \(Int64(limit)) \(.skipLocked)
            )
            """
        )
    }

    /// Forgets documents that are gone; followers who have not heard of it yet must read everything anew.
    private static func forgetTombstones(
        olderThan milliseconds: Int64,
        limit: Int,
        _ session: any SQLSession
    ) throws -> Int {
        let forgotten = try session.rows(
            """
            DELETE FROM objects WHERE key IN (
                SELECT key FROM objects
                WHERE content_hash IS NULL AND deployed_hash IS NULL AND announced_hash IS NULL
                    AND content_changed_at_ms < \(.now) - \(milliseconds)
                ORDER BY content_changed_at_ms LIMIT \(Int64(limit)) \(.skipLocked)
            ) AND content_hash IS NULL AND deployed_hash IS NULL AND announced_hash IS NULL
            RETURNING feed_position
            """
        )
        try Self.moveHorizon(to: forgotten.compactMap { try $0["feed_position"] }.max(), session)
        return forgotten.count
    }

    /// Says that a run is still at work: its leases last longer.
    ///
    /// Leases that have ended are not taken back.
    package func renewLeases(run: RunID, leaseMilliseconds: Int64) async throws {
        _ = try await self.engine.write { session in
            try Self.packageLeases.renew(run: run, milliseconds: leaseMilliseconds, session)
            try Self.objectLeases.renew(run: run, milliseconds: leaseMilliseconds, session)
            try session.execute(
                """
                UPDATE archives SET lease_until_ms = \(.now) + \(leaseMilliseconds)
                WHERE lease_until_ms > 0 AND lease_until_ms > \(.now) AND lease_run = \(run)
                """
            )
            try session.execute(
                """
                UPDATE sources SET lease_until_ms = \(.now) + \(leaseMilliseconds)
                WHERE lease_until_ms > \(.now) AND lease_run = \(run)
                """
            )
        }
    }
}
