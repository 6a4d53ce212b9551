import Composer
package import Facts

/// What documents are derived from of advisories.
extension Store {
    /// Loads the advisories of claimed packages, by whatever name a feed calls them, in the order of feeds and of their ids.
    static func loadAdvisories(
        of feeds: [SourceName],
        into claims: inout [ClaimedPackage],
        _ session: any SQLSession
    ) throws {
        guard !feeds.isEmpty, !claims.isEmpty else { return }
        let known = try Self.advisories(of: feeds, about: "packages.id \(anyOf: claims.map(\.id))", session)
        for index in claims.indices { claims[index].advisories = known[claims[index].id] ?? [] }
    }

    /// By the number of their package.
    static func advisories(
        of feeds: [SourceName],
        about isMeant: SQLStatement,
        _ session: any SQLSession
    ) throws -> [Int64: [KnownAdvisory]] {
        let columns: SQLStatement =
            "packages.id AS package_id, feed, advisories.id AS id, record, advisories.hash AS hash, body, notices_hash"
        let isPresent: SQLStatement = "advisories.withdrawn_at_ms IS NULL AND feed \(anyOf: feeds.map(\.rawValue))"
        var advisories: [Int64: [KnownAdvisory]] = [:]
        var notices: [[UInt8]: [UInt8]] = [:]
        for row in try session.rows(
            """
            SELECT \(columns) FROM packages
                JOIN advisories ON advisories.source = packages.source AND advisories.key = packages.key
                WHERE \(isMeant) AND \(isPresent)
            UNION ALL
            SELECT \(columns) FROM packages
                JOIN advisories ON advisories.source = '' AND advisories.key = packages.name
                WHERE \(isMeant) AND \(isPresent)
            """
        ) {
            let advisory = try KnownAdvisory(row: row, notices: &notices, session)
            advisories[try row["package_id"], default: []].append(advisory)
        }
        let order = Dictionary(feeds.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return advisories.mapValues { list in
            list.sorted { (order[$0.feed] ?? 0, $0.id) < (order[$1.feed] ?? 0, $1.id) }
        }
    }

    /// The advisories of packages by their Composer names, as `serve` is asked for them; names of packages that are known and
    /// have none are there with none.
    package func advisories(
        ofNames names: [String],
        feeds: [SourceName]
    ) async throws -> [String: [KnownAdvisory]] {
        try await self.engine.read { session in
            let ids = try session.rows(
                "SELECT id, name FROM packages WHERE name \(anyOf: names) AND state IN ('active', 'closed')"
            ).map { row -> (id: Int64, name: String) in (try row["id"], try row["name"]) }
            let known =
                feeds.isEmpty || ids.isEmpty
                ? [:] : try Self.advisories(of: feeds, about: "packages.id \(anyOf: ids.map(\.id))", session)
            return Dictionary(ids.map { ($0.name, known[$0.id] ?? []) }, uniquingKeysWith: +)
        }
    }

    /// Composer names of all packages, of which a feed may be asked name by name.
    package func advisoryNames() async throws -> [String] {
        try await self.engine.read { session in
            try session.rows(
                "SELECT name FROM packages WHERE name > '' AND state IN ('active', 'closed') ORDER BY name"
            ).map { try $0["name"] }
        }
    }

    /// Names of packages of which an advisory came, changed or went since an instant; the oldest change first.
    ///
    /// - Parameter milliseconds: Since 1970.
    package func namesWithAdvisories(
        changedSince milliseconds: Int64,
        feeds: [SourceName]
    ) async throws -> [String] {
        let isChanged: SQLStatement =
            """
            advisories.changed_at_ms >= \(milliseconds) AND feed \(anyOf: feeds.map(\.rawValue))
                AND advisories.withdrawn_at_ms IS NULL
            """
        return try await self.engine.read { session in
            try session.rows(
                """
                SELECT name, min(changed_at_ms) AS changed FROM (
                    SELECT packages.name AS name, advisories.changed_at_ms AS changed_at_ms FROM advisories
                        JOIN packages ON packages.source = advisories.source AND packages.key = advisories.key
                        WHERE \(isChanged)
                    UNION ALL
                    SELECT packages.name AS name, advisories.changed_at_ms AS changed_at_ms FROM advisories
                        JOIN packages ON advisories.source = '' AND packages.name = advisories.key
                        WHERE \(isChanged)
                ) AS changes
                WHERE name IS NOT NULL GROUP BY name ORDER BY changed, name
                """
            ).map { try $0["name"] }
        }
    }
}

extension KnownAdvisory {
    /// - Parameter notices: Those that were read, by their hash: the same few for most rows.
    init(row: SQLRow, notices: inout [[UInt8]: [UInt8]], _ session: any SQLSession) throws {
        self.init(
            feed: try row["feed"],
            id: try row["id"],
            record: try row["record"],
            hash: try row["hash"],
            body: try row["body"]
        )
        guard let hash: [UInt8] = try row["notices_hash"] else { return }
        if notices[hash] == nil {
            notices[hash] =
                try session.rows("SELECT body FROM advisory_notices WHERE hash = \(hash)").first?["body"]
        }
        self.notices = notices[hash]
    }
}

extension Store {
    /// Those of these names whose packages are closed, with what upstream says of it.
    package func closures(ofNames names: [String]) async throws -> [String: Closure] {
        try await self.engine.read { session in
            let rows = try session.rows(
                """
                SELECT name, closed_date, closed_reason, closed_permanent FROM packages
                WHERE name \(anyOf: names) AND state = 'closed'
                """
            )
            var closures: [String: Closure] = [:]
            for row in rows {
                closures[try row["name"]] = Closure(
                    date: try row["closed_date"],
                    reason: try row["closed_reason"],
                    isPermanent: try row["closed_permanent"]
                )
            }
            return closures
        }
    }
}
