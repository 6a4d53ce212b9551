import Composer
package import Facts

/// `advisory_feeds`: how far each was taken in, and who is at it.
extension Store {
    private static let feedColumns: SQLStatement = """
        name, cursor, asked_at_ms, rest_ms, read_whole_at_ms, joined_under,
        CASE WHEN lease_until_ms > \(.now) THEN lease_run END AS leased_by, \(.now) AS now_ms
        """

    /// The feed's row, nil before its first run.
    package func advisoryFeed(_ name: SourceName) async throws -> AdvisoryFeedState? {
        try await self.engine.read { try Self.advisoryFeed(name, $0) }
    }

    /// Takes the lease of a feed, creating its row at its first run, and notes that it is asked now: also who is killed
    /// while it answers has asked it.
    ///
    /// - Parameters:
    ///   - period: Milliseconds that have to be between two questions; more where the last reading wants it.
    ///   - settings: Names those under which the advisories of a new feed meet packages.
    /// What the reading that begins takes of the feed, its end says: one that fails is tried again soon.
    ///
    /// - Returns: The row as it was before, or nil where another run holds the lease, or it was asked too lately.
    package func leaseAdvisoryFeed(
        _ name: SourceName,
        run: RunID,
        leaseMilliseconds: Int64,
        period: Int64,
        joiningUnder settings: String? = nil
    ) async throws -> AdvisoryFeedState? {
        try await self.engine.write { session in
            try session.execute(
                """
                INSERT INTO advisory_feeds (name, joined_under) VALUES (\(name), \(.text(settings)))
                ON CONFLICT (name) DO NOTHING
                """
            )
            let before = try Self.advisoryFeed(name, session)
            let taken = try session.execute(
                """
                UPDATE advisory_feeds
                SET lease_run = \(run), lease_until_ms = \(.now) + \(leaseMilliseconds), asked_at_ms = \(.now),
                    rest_ms = 0
                WHERE name = \(name) AND lease_until_ms <= \(.now)
                    AND (asked_at_ms IS NULL OR asked_at_ms > \(.now)
                        OR asked_at_ms <= \(.now) - \(period) AND asked_at_ms <= \(.now) - rest_ms)
                """
            )
            return taken == 1 ? before : nil
        }
    }

    /// How the reading of a feed ended.
    package enum FeedReadingEnd: Sendable {
        case well
        case failed(String)
        /// It was told to stop: what is known of the feed is what was known before.
        case interrupted
    }

    /// Ends the lease, and notes how the reading ended.
    package func releaseAdvisoryFeed(_ name: SourceName, _ end: FeedReadingEnd, run: RunID) async throws {
        let noted: SQLStatement =
            switch end {
            case .well: ", last_error = NULL, failing_since_ms = NULL"
            case .failed(let error):
                ", last_error = \(error), failing_since_ms = coalesce(failing_since_ms, \(.now))"
            case .interrupted: ""
            }
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE advisory_feeds SET lease_run = NULL, lease_until_ms = 0 \(noted)
                WHERE name = \(name) AND lease_run = \(run)
                """
            )
        }
    }

    static func advisoryFeed(_ name: SourceName, _ session: any SQLSession) throws -> AdvisoryFeedState? {
        try session.rows("SELECT \(Self.feedColumns) FROM advisory_feeds WHERE name = \(name)")
            .first.map(AdvisoryFeedState.init(row:))
    }

    /// Renews the lease in a transaction that writes what was read, which is refused where somebody else has it.
    ///
    /// - Throws: ``StoreError/leaseLost(source:)``.
    static func holdAdvisoryFeed(
        _ name: SourceName,
        run: RunID,
        leaseMilliseconds: Int64,
        _ session: any SQLSession
    ) throws {
        let held = try session.execute(
            """
            UPDATE advisory_feeds SET lease_until_ms = \(.now) + \(leaseMilliseconds)
            WHERE name = \(name) AND lease_run = \(run)
            """
        )
        guard held == 1 else { throw StoreError.leaseLost(source: name) }
    }
}

extension AdvisoryFeedState {
    fileprivate init(row: SQLRow) throws {
        self.init(
            name: try row["name"],
            cursor: try row["cursor"],
            askedAtMilliseconds: try row["asked_at_ms"],
            restMilliseconds: try row["rest_ms"],
            readWholeAtMilliseconds: try row["read_whole_at_ms"],
            joinedUnder: try row["joined_under"],
            leasedBy: try row["leased_by"],
            nowMilliseconds: try row["now_ms"]
        )
    }
}
