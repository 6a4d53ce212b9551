import Composer
package import Facts

/// What is told of advisories: totals, those of a package, and the last changes.
extension Store {
    /// Feeds of advisories that were ever asked, in the order of their names.
    package func advisoryFeeds() async throws -> [PipelineState.AdvisoryFeed] {
        try await self.engine.read { try Self.advisoryFeedStates($0) }
    }

    static func advisoryFeedStates(_ session: any SQLSession) throws -> [PipelineState.AdvisoryFeed] {
        try session.rows(
            """
            SELECT name, asked_at_ms, read_at_ms, read_whole_at_ms, failing_since_ms, last_error,
                CASE WHEN lease_until_ms > \(.now) THEN lease_run END AS leased_by
            FROM advisory_feeds ORDER BY name
            """
        ).map { row in
            PipelineState.AdvisoryFeed(
                name: try row["name"],
                askedAtMilliseconds: try row["asked_at_ms"],
                readAtMilliseconds: try row["read_at_ms"],
                readWholeAtMilliseconds: try row["read_whole_at_ms"],
                failingSinceMilliseconds: try row["failing_since_ms"],
                lastError: try row["last_error"],
                leasedBy: try row["leased_by"]
            )
        }
    }

    /// Reads an entry of an index for each advisory.
    static func advisoryCensus(_ session: any SQLSession) throws -> AdvisoryCensus {
        var census = AdvisoryCensus()
        for row in try session.rows(
            "SELECT feed, count(*) AS count FROM advisories WHERE withdrawn_at_ms IS NULL GROUP BY feed"
        ) {
            census.advisories[try row["feed"]] = try row["count"] as Int
        }
        if census.advisories.isEmpty { return census }
        let subjects: SQLStatement =
            "(SELECT DISTINCT source, key FROM advisories WHERE withdrawn_at_ms IS NULL) AS subjects"
        census.packages = try session.rows(
            """
            SELECT count(*) AS count FROM (
                SELECT packages.id FROM \(subjects)
                    JOIN packages ON packages.source = subjects.source AND packages.key = subjects.key
                    WHERE subjects.source <> '' AND state IN ('active', 'closed')
                UNION
                SELECT packages.id FROM \(subjects) JOIN packages ON packages.name = subjects.key
                    WHERE subjects.source = '' AND state IN ('active', 'closed')
            ) AS affected
            """
        )[0]["count"]
        return census
    }

    /// What feeds say of a package, each once, in the order of feeds and of their ids.
    package func advisories(
        ofPackage package: PackageSummary,
        feeds: [SourceName]
    ) async throws -> [AdvisoryState] {
        if feeds.isEmpty { return [] }
        let isMeant: SQLStatement = """
            withdrawn_at_ms IS NULL AND feed \(anyOf: feeds.map(\.rawValue)) AND (
                source = \(package.source) AND key = \(package.key) OR source = '' AND key = \(package.name ?? "")
            )
            """
        let states = try await self.engine.read { session in
            try Self.advisoryStates(package: "CAST(\(package.label) AS TEXT)", isMeant, session)
        }
        let order = Dictionary(feeds.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let sorted = states.sorted { a, b in
            (order[a.advisory.feed] ?? 0, a.advisory.id) < (order[b.advisory.feed] ?? 0, b.advisory.id)
        }
        var told = sorted.map(\.advisory).eachOnce[...]
        return sorted.filter { state in
            guard told.first == state.advisory else { return false }
            told.removeFirst()
            return true
        }
    }

    /// The last changes of advisories of packages that there are, newest first.
    package func advisoryChanges(feeds: [SourceName], limit: Int, offset: Int = 0) async throws -> [AdvisoryState] {
        if feeds.isEmpty { return [] }
        // An index has them in the order of their changes, and what is asked of packages are single rows.
        let isHere: SQLStatement = """
            feed \(anyOf: feeds.map(\.rawValue)) AND CASE WHEN source = ''
                THEN EXISTS (
                    SELECT 1 FROM packages
                    WHERE packages.name = advisories.key AND packages.state IN ('active', 'closed')
                )
                ELSE EXISTS (
                    SELECT 1 FROM packages
                    WHERE packages.source = advisories.source AND packages.key = advisories.key
                        AND packages.state IN ('active', 'closed')
                ) END
            """
        let label: SQLStatement = """
            CASE WHEN source = '' THEN key ELSE (
                SELECT coalesce(packages.name, packages.source || '/' || packages.key) FROM packages
                WHERE packages.source = advisories.source AND packages.key = advisories.key
            ) END
            """
        return try await self.engine.read { session in
            try Self.advisoryStates(
                package: label,
                """
                \(isHere) ORDER BY changed_at_ms DESC, feed, source, key, id
                LIMIT \(Int64(limit)) OFFSET \(Int64(offset))
                """,
                session
            )
        }
    }

    /// - Parameters:
    ///   - package: An expression for what the package is called.
    ///   - which: What follows `WHERE`.
    private static func advisoryStates(
        package: SQLStatement,
        _ which: SQLStatement,
        _ session: any SQLSession
    ) throws -> [AdvisoryState] {
        var notices: [[UInt8]: [UInt8]] = [:]
        return try session.rows(
            """
            SELECT \(package) AS package, feed, id, record, hash, body, notices_hash, seen_at_ms, changed_at_ms,
                withdrawn_at_ms
            FROM advisories WHERE \(which)
            """
        ).map { row in
            AdvisoryState(
                package: try row["package"],
                advisory: try KnownAdvisory(row: row, notices: &notices, session),
                seenAtMilliseconds: try row["seen_at_ms"],
                changedAtMilliseconds: try row["changed_at_ms"],
                withdrawnAtMilliseconds: try row["withdrawn_at_ms"]
            )
        }
    }

    /// Packages that upstream has closed, by the day of it, the last first; those without a day come last.
    package func closedPackages(limit: Int, offset: Int = 0) async throws -> [ClosedPackage] {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT source, key, name, closed_date, closed_reason, closed_permanent FROM packages
                WHERE state = 'closed'
                ORDER BY coalesce(closed_date, '') DESC, source, key LIMIT \(Int64(limit)) OFFSET \(Int64(offset))
                """
            ).map { row in
                ClosedPackage(
                    source: try row["source"],
                    key: try row["key"],
                    name: try row["name"],
                    closure: Closure(
                        date: try row["closed_date"],
                        reason: try row["closed_reason"],
                        isPermanent: try row["closed_permanent"]
                    )
                )
            }
        }
    }
}
