/// Stamps of objects that were published again since, whose rows agree with neither their run nor their position.
///
/// They are the answer to nothing, and each has a place of its own among the others. So the log is looked through when there
/// may be half as many of them as of others, and an object that is published again costs the look at a few stamps, whatever
/// the log holds.
extension Store {
    private static let supersededKey = "stamps_superseded"
    private static let keptKey = "stamps_kept"

    /// Counts objects that were published again.
    static func countSuperseded(_ count: Int, _ session: any SQLSession) throws {
        if count == 0 { return }
        try Self.add(Int64(count), toSetting: Self.supersededKey, session)
    }

    /// Forgets what counts for nothing any more, where there is enough of it; the feed says what it said.
    ///
    /// In bounded steps, each a transaction. A process that ends between them leaves the rest to the next time.
    ///
    /// - Parameters:
    ///   - least: Fewer are left alone, however few there are beside them.
    ///   - rowsAtOnce: How many are looked at in a step, roughly.
    /// - Returns: How many were forgotten.
    package func forgetSupersededStamps(least: Int = 10_000, rowsAtOnce: Int = 10_000) async throws -> Int {
        guard try await self.mayForgetStamps(least: Int64(least)) else { return 0 }
        var (forgotten, place) = (0, 0 as Int64)
        while let step = try await self.forgetSuperseded(rowsAtOnce, from: place) {
            forgotten += step.count
            place = step.end
        }
        _ = try await self.engine.write { session in
            let kept: Int64 = try session.rows("SELECT count(*) AS kept FROM stamps")[0]["kept"]
            try Self.setSetting(Self.keptKey, to: "\(kept)", session)
        }
        return forgotten
    }

    /// Whether there is enough of it; who is told so does it, and nobody else.
    private func mayForgetStamps(least: Int64) async throws -> Bool {
        let isEnough: SQLStatement = """
            key = \(Self.supersededKey) AND CAST(value AS BIGINT) >= \(.greatest)(\(least), coalesce((
                SELECT CAST(kept.value AS BIGINT) / 2 FROM settings AS kept WHERE kept.key = \(Self.keptKey)
            ), 0))
            """
        let isDue = try await self.engine.read { session in
            try !session.rows("SELECT 1 FROM settings WHERE \(isEnough)").isEmpty
        }
        guard isDue else { return false }
        return try await self.engine.write { session in
            try session.execute("UPDATE settings SET value = '0' WHERE \(isEnough)") > 0
        }
    }

    private func forgetSuperseded(_ count: Int, from place: Int64) async throws -> (count: Int, end: Int64)? {
        try await self.engine.write { session in
            try Self.stretch(ofStamps: count, from: place, session).map { end, rows in
                (try Self.forgetSuperseded(among: rows, session), end)
            }
        }
    }

    /// The next stamps in the order of their places in the table, and where they end; nil where there are none.
    ///
    /// No index has them in such an order. SQLite's places are the numbers of rows, PostgreSQL's are its pages.
    private static func stretch(
        ofStamps count: Int,
        from place: Int64,
        _ session: any SQLSession
    ) throws -> (end: Int64, rows: SQLStatement)? {
        switch session.dialect {
        case .sqlite:
            let end: Int64? = try session.rows(
                """
                SELECT max(place) AS place FROM (
                    SELECT rowid AS place FROM stamps WHERE rowid > \(place) ORDER BY rowid LIMIT \(Int64(count))
                )
                """
            )[0]["place"]
            return end.map { ($0, "rowid > \(place) AND rowid <= \($0)") }
        case .postgres:
            let pages: Int64 = try session.rows(
                "SELECT pg_relation_size('stamps') / CAST(current_setting('block_size') AS BIGINT) AS pages"
            )[0]["pages"]
            guard place < pages else { return nil }
            let end = place + Int64(max(1, count / 100))
            return (end, "ctid >= CAST(\("(\(place),0)") AS TID) AND ctid < CAST(\("(\(end),0)") AS TID)")
        }
    }

    /// A count of agreeing objects for each, in place of `NOT EXISTS`: PostgreSQL would read all objects to join them.
    private static func forgetSuperseded(among rows: SQLStatement, _ session: any SQLSession) throws -> Int {
        try session.execute(
            """
            DELETE FROM stamps WHERE \(rows) AND (
                SELECT count(*) FROM objects WHERE key = object_key AND (synced_run = run OR feed_position = position)
            ) = 0
            """
        )
    }
}
