/// Stamps of objects that were published again since, whose rows agree with neither their run nor their position.
///
/// They are the answer to nothing, and each has a place of its own among the others. So the log is looked through when there
/// may be half as many of them as of others, and an object that is published again costs the look at a few stamps, whatever
/// the log holds.
extension Store {
    /// How many may be superseded since the last look began.
    private static let supersededKey = "stamps_superseded"
    /// Where a look stands; 0 where there is none.
    private static let placeKey = "stamps_place"
    /// How many the last look has left, or this one up to its place.
    private static let keptKey = "stamps_kept"

    /// Counts what other stamps supersede.
    static func countSuperseded(_ count: Int, _ session: any SQLSession) throws {
        if count == 0 { return }
        try Self.add(Int64(count), toSetting: Self.supersededKey, session)
    }

    /// Looks at the next stamps of the log where there is enough to forget in it, and forgets those that count for nothing.
    ///
    /// Where the look stands is in the database: who is stopped or killed leaves the rest to the next, and two at once share
    /// it.
    ///
    /// - Parameters:
    ///   - least: Fewer that are superseded are left alone, however few there are beside them.
    ///   - count: How many are looked at, roughly.
    /// - Returns: How many were forgotten; nil where there is nothing to look at.
    package func forgetSupersededStamps(least: Int = 10_000, among count: Int = 2_000) async throws -> Int? {
        guard try await self.engine.read({ try Self.isLookDue(Int64(least), $0) }) else { return nil }
        return try await self.engine.write { session in
            // Whoever looks as well waits here.
            try Self.add(0, toSetting: Self.placeKey, session)
            guard try Self.isLookDue(Int64(least), session) else { return nil }
            let place = try Self.number(ofSetting: Self.placeKey, session)
            if place == 0 {
                try Self.setSetting(Self.supersededKey, to: "0", session)
                try Self.setSetting(Self.keptKey, to: "0", session)
            }
            guard let (end, stretch) = try Self.stretch(ofStamps: count, from: place, session) else {
                try Self.setSetting(Self.placeKey, to: "0", session)
                return nil
            }
            // A count of objects that agree, in place of `NOT EXISTS`: PostgreSQL would read all there are to join them.
            let forgotten = try session.execute(
                """
                DELETE FROM stamps WHERE \(stretch) AND (
                    SELECT count(*) FROM objects
                    WHERE key = object_key AND (synced_run = run OR feed_position = position)
                ) = 0
                """
            )
            let kept: Int64 = try session.rows("SELECT count(*) AS kept FROM stamps WHERE \(stretch)")[0]["kept"]
            try Self.add(kept, toSetting: Self.keptKey, session)
            try Self.setSetting(Self.placeKey, to: "\(end)", session)
            return forgotten
        }
    }

    /// Whether a look was begun, or there is enough for one.
    private static func isLookDue(_ least: Int64, _ session: any SQLSession) throws -> Bool {
        let rows = try session.rows(
            """
            SELECT key, CAST(value AS BIGINT) AS value FROM settings
            WHERE key \(anyOf: [Self.placeKey, Self.keptKey, Self.supersededKey])
            """
        )
        let values = Dictionary(
            try rows.map { (try $0["key"] as String, try $0["value"] as Int64) },
            uniquingKeysWith: { $1 }
        )
        if values[Self.placeKey, default: 0] > 0 { return true }
        return values[Self.supersededKey, default: 0] >= max(least, values[Self.keptKey, default: 0] / 2)
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
}
