package import Facts

/// Lists of packages, for pages and searches.
extension Store {
    /// One page of packages, and how many there are on all pages.
    package func packages(_ query: PackageQuery) async throws -> (packages: [PackageSummary], total: Int) {
        let (condition, sorting) = (Self.condition(query), Self.sorting(query))
        return try await self.engine.read { session in
            // Matching and sorting need an index only; the table is read for one page of rows. Two questions, because a
            // count beside the rows would keep all of them in memory.
            let rows = try session.rows(
                """
                SELECT \(PackageSummary.columns) FROM packages JOIN (
                    SELECT id AS listed_id FROM packages WHERE \(condition)
                    ORDER BY \(sorting) LIMIT \(Int64(query.limit)) OFFSET \(Int64(query.offset))
                ) AS listed ON listed_id = id ORDER BY \(sorting)
                """
            )
            let total = try session.rows("SELECT count(*) AS total FROM packages WHERE \(condition)")[0]["total"] as Int
            return (try rows.map { try PackageSummary(row: $0) }, total)
        }
    }

    private static func condition(_ query: PackageQuery) -> SQLStatement {
        var condition: SQLStatement = query.state.map { "state = \($0.rawValue)" } ?? "1 = 1"
        if let sources = query.sources { condition = "\(condition) AND source \(anyOf: sources)" }
        for word in query.words.map({ $0.lowercased() }) {
            let parts = word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 {
                // No byte of a name comes after the tilde.
                condition = "\(condition) AND name > \("\(parts[0])/") AND name < \("\(parts[0])/~")"
            }
            if let part = parts.last, !part.isEmpty {
                condition = "\(condition) AND \(.position)(search_text, lower(\(String(part)))) > 0"
            }
        }
        guard query.isPublished else { return condition }
        return "\(condition) AND EXISTS (SELECT 1 FROM objects WHERE \(Self.isPublished))"
    }

    /// Whether a row of `objects` is what Composer finds a package of `packages` by, and the feed has told of it.
    static let isPublished: SQLStatement = """
        objects.key = 'p2/' || packages.name || '.json' AND objects.package_id = packages.id
            AND objects.announced_hash IS NOT NULL AND objects.deployed_hash IS NOT NULL
        """

    private static func sorting(_ query: PackageQuery) -> SQLStatement {
        // The text begins with the key, so that its order is that of keys.
        switch query.order {
        case .name: return "search_text, source"
        case .installs: return "coalesce(active_installs, -1) DESC, search_text, source"
        case .updated: return "coalesce(last_updated_ms, -1) DESC, search_text, source"
        case .relevance:
            let word = (query.words.first ?? "").lowercased()
            let first = String(word.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).last ?? "")
            return """
                CASE WHEN key = \(first) OR name = \(word) THEN 0
                    WHEN \(.position)(search_text, \(first)) = 1 OR \(.position)(key, \("/\(first)")) > 0 THEN 1
                    ELSE 2 END,
                coalesce(active_installs, 0) DESC, search_text, source
                """
        }
    }

    /// Packages that `discover` or `update` run `id` was the last to touch, by key, and how many there are.
    package func packages(
        touchedBy id: RunID,
        stage: Stage,
        limit: Int,
        offset: Int
    ) async throws -> (packages: [PackageSummary], total: Int) {
        guard stage != .sync else { return ([], 0) }
        let condition: SQLStatement = stage == .discover ? "discovered_run = \(id)" : "updated_run = \(id)"
        return try await self.engine.read { session in
            (
                try session.rows(
                    """
                    SELECT \(PackageSummary.columns) FROM packages WHERE \(condition)
                    ORDER BY key, source LIMIT \(Int64(limit)) OFFSET \(Int64(offset))
                    """
                ).map { try PackageSummary(row: $0) },
                try session.rows("SELECT count(*) AS total FROM packages WHERE \(condition)")[0]["total"]
            )
        }
    }

    /// Packages by their names; of several sources that have a name, any of those that are here under it.
    package func packages(named names: [String]) async throws -> [String: PackageSummary] {
        if names.isEmpty { return [:] }
        return try await self.engine.read { session in
            let rows = try session.rows("SELECT \(PackageSummary.columns) FROM packages WHERE name \(anyOf: names)")
            let packages = try rows.map { try PackageSummary(row: $0) }
            return Dictionary(packages.map { ($0.label, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }
}
