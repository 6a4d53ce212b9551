import Facts

/// What was published, in the order in which it was: for the feed, and for what a run has published.
///
/// Written once and never changed. An object's own row says which of its stamps is the last one: what is read here counts
/// where that says the same.
extension Store {
    /// Whether a row of `objects` was last derived, last published or last failed at by a run.
    ///
    /// First what may be so, by its indexes, and then what is: with `OR` over a question of its own PostgreSQL asks that one
    /// again for each row.
    static func isTouched(by run: RunID) -> SQLStatement {
        """
        key IN (
            SELECT object_key FROM stamps WHERE run = \(run)
            UNION SELECT key FROM objects WHERE updated_run = \(run)
            UNION SELECT key FROM objects WHERE failed_run = \(run)
        ) AND (updated_run = \(run) OR synced_run = \(run) OR failed_run = \(run))
        """
    }

    /// Up to `limit` of what was announced, objects that were so again later included.
    ///
    /// Their rows are asked for apart: PostgreSQL takes it that hardly any agrees in both key and position, and would join
    /// all there are.
    ///
    /// - Parameter which: What follows `WHERE`, with the order.
    static func announced(
        _ which: SQLStatement,
        limit: Int,
        _ session: any SQLSession
    ) throws -> [(key: String, position: Int64)] {
        try session.rows("SELECT object_key, position FROM stamps WHERE \(which) LIMIT \(Int64(limit))")
            .map { (try $0["object_key"], try $0["position"]) }
    }

    /// The keys of what was announced last before a feed position, the newest first.
    static func announced(before position: Int64, limit: Int, _ session: any SQLSession) throws -> [String] {
        var keys: [String] = []
        var (bound, count) = (position, limit)
        while keys.count < limit {
            let stamps = try Self.announced("position < \(bound) ORDER BY position DESC", limit: count, session)
            let rows = try session.rows("SELECT key, feed_position FROM objects WHERE key \(anyOf: stamps.map(\.key))")
            let positions = Dictionary(
                try rows.map { (try $0["key"] as String, try $0["feed_position"] as Int64?) },
                uniquingKeysWith: { $1 }
            )
            keys += stamps.filter { positions[$0.key] == $0.position }.map(\.key)
            guard let last = stamps.last else { break }
            // Where all was announced anew, all of before is passed over.
            (bound, count) = (last.position, min(count * 4, 10_000))
        }
        return Array(keys.prefix(limit))
    }

    /// Notes those of these objects that a run has just published, or announced.
    ///
    /// - Parameter first: The first feed position that the transaction has reserved; nil where it has none.
    static func noteStamps(
        _ keys: [String],
        run: RunID,
        announcedFrom first: Int64?,
        _ session: any SQLSession
    ) throws {
        if keys.isEmpty { return }
        let isAnnounced: SQLStatement = "feed_position >= \(first ?? .max)"
        try session.execute(
            """
            INSERT INTO stamps (object_key, run, position)
            SELECT key, \(run), CASE WHEN \(isAnnounced) THEN feed_position END FROM objects
            WHERE key \(anyOf: keys) AND (synced_run = \(run) OR \(isAnnounced))
            ORDER BY feed_position
            """
        )
    }

    /// Forgets what runs published that are forgotten themselves; followers who have not heard of it yet must read everything
    /// anew.
    ///
    /// - Parameter kept: How many of the last that were announced stay, whatever their age.
    static func forgetStamps(keeping kept: Int, limit: Int, _ session: any SQLSession) throws -> Int {
        let old: SQLStatement = """
            FROM stamps
            WHERE run < (SELECT min(id) FROM pipeline_runs)
                AND (position IS NULL OR position <= (
                    SELECT position FROM stamps WHERE position IS NOT NULL
                    ORDER BY position DESC LIMIT 1 OFFSET \(Int64(kept))
                ))
            ORDER BY run LIMIT \(Int64(limit)) \(.skipLocked)
            """
        // There is no key: nobody asks for one of them.
        let isOld: SQLStatement =
            switch session.dialect {
            case .sqlite: "rowid IN (SELECT rowid \(old))"
            case .postgres: "ctid = ANY (ARRAY(SELECT ctid \(old)))"
            }
        let forgotten = try session.rows("DELETE FROM stamps WHERE \(isOld) RETURNING position")
        try Self.moveHorizon(to: forgotten.compactMap { try $0["position"] }.max(), session)
        return forgotten.count
    }

    /// Notes the highest feed position of what is forgotten.
    static func moveHorizon(to position: Int64?, _ session: any SQLSession) throws {
        guard let position else { return }
        try session.execute(
            """
            UPDATE settings SET value = CAST(\(position) AS TEXT)
            WHERE key = 'feed_horizon' AND CAST(value AS BIGINT) < \(position)
            """
        )
    }
}
