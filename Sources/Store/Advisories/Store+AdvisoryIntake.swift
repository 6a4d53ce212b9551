import Composer
package import Facts

/// Taking in what a feed says.
extension Store {
    /// Compares what a feed says with what is known of it, and writes what differs, a few thousand rows a transaction.
    ///
    /// What is new and what has changed comes first, then what is withdrawn, then where the feed was read up to. A run that is
    /// killed in between has done part of it, and the next one compares again.
    ///
    /// - Parameters:
    ///   - cursor: Where the feed was read up to; nil keeps what was noted.
    ///   - restMilliseconds: How long the feed is left alone after this question.
    ///   - limit: nil where a person wants whatever is withdrawn to be.
    ///   - isUnread: Whether the feed has an advisory of an id that could not be taken in: it is not withdrawn.
    ///   - joins: Whether documents are derived from advisories: then those of packages that it concerns are, again.
    /// - Throws: ``StoreError/leaseLost(source:)``.
    package func takeIn(
        _ records: [AdvisoryRecord],
        of feed: SourceName,
        scope: AdvisoryScope,
        cursor: String? = nil,
        restMilliseconds: Int64 = 0,
        limit: AdvisoryWithdrawalLimit?,
        isUnread: (_ id: String) -> Bool = { _ in false },
        joins: Bool,
        run: RunID,
        leaseMilliseconds: Int64,
        pageSize: Int = 2_000
    ) async throws -> AdvisoryTally {
        let known = try await self.knownAdvisories(of: feed, scope)
        let difference = AdvisoryDifference(records, known: known, scope: scope, isUnread: isUnread)
        var tally = AdvisoryTally()
        (tally.added, tally.changed) = (difference.added, difference.written.count - difference.added)
        for page in difference.written.pages(of: pageSize) {
            tally.packages += try await self.engine.write { session in
                try Self.holdAdvisoryFeed(feed, run: run, leaseMilliseconds: leaseMilliseconds, session)
                try Self.write(page, of: feed, run: run, session)
                return joins ? try Self.deriveAgain(page.map(\.subject), session) : 0
            }
        }
        tally.limit = try await self.withdrawable(of: feed, limit, count: difference.withdrawn.count)
        if tally.limit < difference.withdrawn.count {
            tally.held = difference.withdrawn.count
            try await self.rest(restMilliseconds, advisoryFeed: feed, run: run)
            return tally
        }
        tally.withdrawn = difference.withdrawn.count
        for page in difference.withdrawn.pages(of: pageSize) {
            tally.packages += try await self.engine.write { session in
                try Self.holdAdvisoryFeed(feed, run: run, leaseMilliseconds: leaseMilliseconds, session)
                try Self.withdraw(page, of: feed, run: run, session)
                return joins ? try Self.deriveAgain(page.map(\.subject), session) : 0
            }
        }
        let whole: SQLStatement = scope == .everything ? ", read_whole_at_ms = \(.now)" : ""
        _ = try await self.engine.write { session in
            try Self.holdAdvisoryFeed(feed, run: run, leaseMilliseconds: leaseMilliseconds, session)
            try session.execute(
                """
                UPDATE advisory_feeds
                SET cursor = coalesce(\(.text(cursor)), cursor), read_at_ms = \(.now), rest_ms = \(restMilliseconds) \(whole)
                WHERE name = \(feed)
                """
            )
        }
        return tally
    }

    /// Nothing of the feed has changed.
    package func noteUnchanged(advisoryFeed feed: SourceName, restMilliseconds: Int64, run: RunID) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE advisory_feeds SET read_at_ms = \(.now), rest_ms = \(restMilliseconds)
                WHERE name = \(feed) AND lease_run = \(run)
                """
            )
        }
    }

    private func rest(_ milliseconds: Int64, advisoryFeed feed: SourceName, run: RunID) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                "UPDATE advisory_feeds SET rest_ms = \(milliseconds) WHERE name = \(feed) AND lease_run = \(run)"
            )
        }
    }

    /// Has documents of all packages derived again that a feed has advisories of, where they last met under other settings.
    ///
    /// Others are derived again by their source's settings; what has no payload, because it was closed before it was seen, is
    /// only derived for this.
    ///
    /// - Parameter settings: Names those that say whether and how advisories are published.
    /// - Returns: How many packages those are.
    package func rejoin(
        advisoryFeed feed: SourceName,
        under settings: String,
        pageSize: Int = 2_000
    ) async throws -> Int {
        let subjects = Set(try await self.knownAdvisories(of: feed, .everything).keys.map(\.subject))
        var count = 0
        for page in Array(subjects).pages(of: pageSize) {
            count += try await self.engine.write { session in
                try Self.deriveAgain(Array(page), session)
            }
        }
        _ = try await self.engine.write { session in
            try session.execute(
                "UPDATE advisory_feeds SET joined_under = \(settings) WHERE name = \(feed)"
            )
        }
        return count
    }

    // MARK: What is known

    /// Of those that are not withdrawn, what names their content.
    private func knownAdvisories(
        of feed: SourceName,
        _ scope: AdvisoryScope
    ) async throws -> [AdvisoryDifference.Place: ContentHash] {
        let names: SQLStatement
        switch scope {
        case .names(let list): names = "AND source = '' AND key \(anyOf: list.sorted())"
        case .everything, .nothingElse: names = ""
        }
        return try await self.engine.read { session in
            var known: [AdvisoryDifference.Place: ContentHash] = [:]
            for row in try session.rows(
                """
                SELECT source, key, id, hash FROM advisories
                WHERE feed = \(feed) AND withdrawn_at_ms IS NULL \(names)
                """
            ) {
                let subject = AdvisorySubject(source: try row["source"], key: try row["key"])
                known[AdvisoryDifference.Place(subject: subject, id: try row["id"])] = try row["hash"]
            }
            return known
        }
    }

    /// How many of so many may be withdrawn now.
    private func withdrawable(of feed: SourceName, _ limit: AdvisoryWithdrawalLimit?, count: Int) async throws -> Int {
        guard let limit, count > 0 else { return count }
        let window = limit.window.components.seconds * 1_000
        return try await self.engine.read { session in
            let row = try session.rows(
                """
                SELECT
                    (SELECT count(*) FROM advisories WHERE feed = \(feed) AND withdrawn_at_ms IS NULL) AS present,
                    (SELECT count(*) FROM advisories
                        WHERE feed = \(feed) AND withdrawn_at_ms > \(.now) - \(window)) AS withdrawn
                """
            )[0]
            let (present, withdrawn): (Int, Int) = (try row["present"], try row["withdrawn"])
            return max(0, limit.count(of: present + withdrawn) - withdrawn)
        }
    }

    // MARK: Writing

    private static func write(
        _ records: ArraySlice<AdvisoryRecord>,
        of feed: SourceName,
        run: RunID,
        _ session: any SQLSession
    ) throws {
        let notices = Set(records.compactMap(\.notices))
        try session.execute(
            """
            INSERT INTO advisory_notices (hash, body) VALUES (\(named: "hash"), \(named: "body"))
            ON CONFLICT (hash) DO NOTHING
            """,
            each: notices.map { ["hash": .blob(ContentHash(of: $0).bytes), "body": .blob($0)] }
        )
        try session.execute(
            """
            INSERT INTO advisories
                (feed, source, key, id, record, hash, body, notices_hash, seen_at_ms, changed_at_ms, changed_run)
            VALUES (\(named: "feed"), \(named: "source"), \(named: "key"), \(named: "id"), \(named: "record"), \(named: "hash"),
                \(named: "body"), \(named: "notices"), \(.now), \(.now), \(named: "run"))
            ON CONFLICT (feed, source, key, id) DO UPDATE
            SET record = excluded.record, hash = excluded.hash, body = excluded.body,
                notices_hash = excluded.notices_hash, changed_at_ms = excluded.changed_at_ms, withdrawn_at_ms = NULL,
                changed_run = excluded.changed_run
            """,
            each: records.map { record in
                [
                    "feed": .text(feed), "run": .run(run), "source": .text(record.subject.source),
                    "key": .text(record.subject.key), "id": .text(record.id),
                    "record": .text(record.record), "hash": .blob(record.hash.bytes), "body": .blob(record.body),
                    "notices": .blob(record.notices.map { ContentHash(of: $0).bytes }),
                ]
            }
        )
    }

    private static func withdraw(
        _ places: ArraySlice<AdvisoryDifference.Place>,
        of feed: SourceName,
        run: RunID,
        _ session: any SQLSession
    ) throws {
        try session.execute(
            """
            UPDATE advisories SET withdrawn_at_ms = \(.now), changed_at_ms = \(.now), changed_run = \(named: "run")
            WHERE feed = \(named: "feed") AND source = \(named: "source") AND key = \(named: "key") AND id = \(named: "id")
                AND withdrawn_at_ms IS NULL
            """,
            each: places.map {
                [
                    "feed": .text(feed), "run": .run(run), "source": .text($0.subject.source),
                    "key": .text($0.subject.key), "id": .text($0.id),
                ]
            }
        )
    }

    /// Has the documents of packages derived again that advisories are about.
    ///
    /// - Returns: How many packages those are.
    private static func deriveAgain(_ subjects: [AdvisorySubject], _ session: any SQLSession) throws -> Int {
        var ids: Set<Int64> = []
        for (source, subjects) in Dictionary(grouping: Set(subjects), by: \.source) {
            let keys = subjects.map(\.key).sorted()
            let isMeant: SQLStatement =
                source.isEmpty ? "name \(anyOf: keys)" : "source = \(source) AND key \(anyOf: keys)"
            ids.formUnion(
                try session.rows("SELECT id FROM packages WHERE \(isMeant) AND state IN ('active', 'closed')")
                    .map { try $0["id"] }
            )
        }
        if ids.isEmpty { return 0 }
        try Self.lockPackages(Array(ids), session)
        return try session.execute(
            """
            UPDATE packages
            SET archives_revision = archives_revision + 1,
                derive_at_ms = CASE WHEN derive_at_ms < \(.now) THEN derive_at_ms ELSE \(.now) END
            WHERE id \(anyOf: Array(ids))
            """
        )
    }
}

/// What a feed says now, beside what is known of it.
private struct AdvisoryDifference {
    struct Place: Hashable {
        var subject: AdvisorySubject
        var id: String
    }

    /// New or others than before, in the order of the feed.
    private(set) var written: [AdvisoryRecord] = []
    /// How many of them are new.
    private(set) var added = 0
    private(set) var withdrawn: [Place] = []

    init(
        _ records: [AdvisoryRecord],
        known: [Place: ContentHash],
        scope: AdvisoryScope,
        isUnread: (String) -> Bool
    ) {
        var said: Set<Place> = []
        for record in records {
            let place = Place(subject: record.subject, id: record.id)
            // The first of two of one name.
            guard said.insert(place).inserted, known[place] != record.hash else { continue }
            if known[place] == nil { self.added += 1 }
            self.written.append(record)
        }
        if scope != .nothingElse { self.withdrawn = known.keys.filter { !said.contains($0) && !isUnread($0.id) } }
    }
}

extension AdvisorySubject {
    fileprivate init(source: String, key: String) {
        self = source.isEmpty ? .name(key) : .package(SourceName(source), key: key)
    }

    /// As columns have it: empty for a Composer name.
    fileprivate var source: String { if case .package(let source, _) = self { source.rawValue } else { "" } }

    fileprivate var key: String {
        switch self {
        case .name(let name): name
        case .package(_, let key): key
        }
    }
}

extension Array {
    fileprivate func pages(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: size).map { self[$0..<Swift.min($0 + size, self.count)] }
    }
}
