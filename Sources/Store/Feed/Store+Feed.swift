import Composer

/// The change feed: what was published, in the order in which it was.
package struct Feed: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case update
        case delete
    }

    /// The last thing that happened to one document.
    package struct Action: Sendable, Equatable {
        /// `vendor/name`, or `vendor/name~dev`.
        package var name: String
        package var kind: Kind
        /// Ten-thousandths of a second since 1970; rises strictly over all actions.
        package var position: Int64
        /// When the content came to be, in seconds since 1970: never later than its publication.
        package var secondsSince1970: Int64
    }

    package enum Answer: Sendable, Equatable {
        /// Ascending by position, one for each name.
        case actions([Action])
        /// The follower has to read everything anew.
        case resync
        /// The feed has not been there yet: the follower's position is not of this feed.
        case future
    }

    package var answer: Answer
    /// Where a follower goes on: one after the last position that was given.
    package var timestamp: Int64

    package init(answer: Answer, timestamp: Int64) {
        self.answer = answer
        self.timestamp = timestamp
    }
}

extension Store {
    /// What was published at or after position `since`, in one snapshot.
    ///
    /// ``Feed/timestamp`` is never taken from the clock: a transaction that commits later has later positions, but
    /// may have looked at the clock before.
    ///
    /// - Parameter limit: Where more than this was published since, the same documents again included, the answer is a
    ///   resync.
    package func feed(since: Int64, limit: Int = 100_000) async throws -> Feed {
        try await self.engine.read { session in
            let (last, horizon) = try Self.feedBounds(session)
            if since > last + 1 { return Feed(answer: .future, timestamp: last + 1) }
            if since <= horizon { return Feed(answer: .resync, timestamp: last + 1) }
            let count =
                try session.rows(
                    """
                    SELECT count(*) AS count FROM (
                        SELECT 1 FROM stamps WHERE position >= \(since) LIMIT \(Int64(limit) + 1)
                    ) AS actions
                    """
                )[0]["count"] as Int
            if count > limit { return Feed(answer: .resync, timestamp: last + 1) }
            return Feed(answer: .actions(try Self.actions(since: since, session)), timestamp: last + 1)
        }
    }

    /// The next packages by name that the feed has announced and that are live, with their source.
    ///
    /// - Parameter name: Only those after it; empty for the first.
    package func publishedPackages(
        after name: String = "",
        limit: Int
    ) async throws -> [(name: String, source: String)] {
        try await self.engine.read { session in
            try session.readInOrder()
            return try session.rows(
                """
                SELECT name, source FROM packages
                WHERE name > \(name) AND (SELECT 1 FROM objects WHERE \(Self.isPublished)) IS NOT NULL
                ORDER BY name LIMIT \(Int64(limit))
                """
            ).map { (try $0["name"], try $0["source"]) }
        }
    }

    /// Where a follower starts that knows nothing yet.
    package func feedTimestamp() async throws -> Int64 {
        try await self.engine.read { try Self.feedBounds($0).last + 1 }
    }

    /// The last position that was given, and the highest one of what is forgotten.
    private static func feedBounds(_ session: any SQLSession) throws -> (last: Int64, horizon: Int64) {
        let rows = try session.rows(
            "SELECT key, CAST(value AS BIGINT) AS value FROM settings WHERE key IN ('feed_position', 'feed_horizon')"
        )
        let values =
            Dictionary(try rows.map { (try $0["key"], try $0["value"]) }, uniquingKeysWith: { $1 })
            as [String: Int64]
        guard let last = values["feed_position"], let horizon = values["feed_horizon"] else {
            throw StoreError.unexpectedColumn("settings has no feed_position or feed_horizon")
        }
        return (last, horizon)
    }

    /// How many rows are held beside the actions that are made of them.
    private static let rowsAtOnce = 2_000

    private static func actions(since: Int64, _ session: any SQLSession) throws -> [Feed.Action] {
        var actions: [Feed.Action] = []
        // Where the package went, followers drop its ~dev with it; one that came back later is news again.
        var goneAt: [String: Int64] = [:]
        var next = since
        while true {
            let stamps = try Self.announced(
                "position >= \(next) ORDER BY position",
                limit: Self.rowsAtOnce,
                session
            )
            let rows = Dictionary(
                try session.rows(
                    """
                    SELECT key, feed_position, CASE WHEN announced_hash IS NULL THEN 1 ELSE 0 END AS is_deleted,
                        coalesce(announced_at_ms, content_changed_at_ms) AS announced_at
                    FROM objects WHERE key \(anyOf: stamps.map(\.key))
                    """
                ).map { (try $0["key"] as String, $0) },
                uniquingKeysWith: { $1 }
            )
            for stamp in stamps {
                // Positions are times of this world: one more is no overflow.
                next = stamp.position + 1
                guard let row = rows[stamp.key], try row["feed_position"] as Int64? == stamp.position,
                    let name = DocumentName(path: stamp.key)
                else { continue }
                let action = Feed.Action(
                    name: name.text,
                    kind: try row["is_deleted"] ? .delete : .update,
                    position: stamp.position,
                    secondsSince1970: try row["announced_at"] as Int64 / 1_000
                )
                if action.kind == .delete, !name.isDev { goneAt[name.package] = action.position }
                actions.append(action)
            }
            if stamps.count < Self.rowsAtOnce { break }
        }
        if goneAt.isEmpty { return actions }
        return actions.filter { action in
            guard action.name.hasSuffix("~dev") else { return true }
            return action.position > goneAt[String(action.name.dropLast(4))] ?? 0
        }
    }
}
