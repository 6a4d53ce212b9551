import Composer

/// Finding packages by words.
extension Store {
    package struct SearchHit: Sendable, Equatable {
        /// `vendor/name`.
        package var name: String
        package var source: String
        package var slug: String
        package var title: String?
        package var isClosed: Bool
        /// Installations that were reported, as far back as they are kept.
        package var downloads: Int
    }

    /// Published packages whose slug or title has every one of `words`, whatever their case.
    ///
    /// The first are the package whose slug is the first word, and those whose slug begins with it; then those that
    /// are installed more.
    ///
    /// - Parameter source: Only packages of this source; nil is all.
    /// - Returns: One page of hits, and how many there are in all.
    package func search(
        _ words: [String],
        source: String?,
        limit: Int,
        offset: Int
    ) async throws -> (hits: [SearchHit], total: Int) {
        var condition: SQLStatement = source.map { "packages.source = \($0)" } ?? "1 = 1"
        for word in words {
            let pattern = "%\(Self.escaped(word.lowercased()))%"
            condition = """
                \(condition) AND (packages.key LIKE \(pattern) ESCAPE '\\'
                    OR packages.title \(.like) \(pattern) ESCAPE '\\')
                """
        }
        let first = (words.first ?? "").lowercased()
        let beginning = "\(Self.escaped(first))%"
        let isPublished: SQLStatement = """
            objects.package_id = packages.id AND objects.kind = 'document' AND objects.announced_hash IS NOT NULL
                AND objects.deployed_hash IS NOT NULL AND objects.key NOT LIKE '%~dev.json'
            """
        // Few columns, so that the many that a short word finds are sorted fast.
        let matches: SQLStatement = """
            FROM packages WHERE \(condition) AND EXISTS (SELECT 1 FROM objects WHERE \(isPublished))
            """
        return try await self.engine.read { session in
            let rows = try session.rows(
                """
                SELECT objects.key, packages.source, packages.key, substr(packages.title, 1, 300),
                    CASE WHEN packages.state = 'closed' THEN 1 ELSE 0 END,
                    CAST((SELECT coalesce(sum(count), 0) FROM downloads WHERE package_id = found.id) AS BIGINT), total
                FROM (
                    SELECT packages.id, count(*) OVER () AS total,
                        CASE WHEN packages.key = \(first) THEN 0
                            WHEN packages.key LIKE \(beginning) ESCAPE '\\' THEN 1 ELSE 2 END AS place,
                        coalesce(packages.active_installs, 0) AS installs
                    \(matches)
                    ORDER BY place, installs DESC, packages.key, packages.id
                    LIMIT \(Int64(limit)) OFFSET \(Int64(offset))
                ) AS found JOIN packages ON packages.id = found.id JOIN objects ON \(isPublished)
                ORDER BY place, installs DESC, packages.key, packages.id
                """
            )
            let total =
                try rows.first?.integer(6)
                ?? (offset == 0 ? 0 : session.rows("SELECT count(*) \(matches)")[0].integer(0))
            return (try rows.compactMap(SearchHit.init(row:)), Int(total))
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
    }
}

extension Store.SearchHit {
    fileprivate init?(row: SQLRow) throws {
        guard let name = DocumentName(path: try row.text(0)) else { return nil }
        self.init(
            name: name.package,
            source: try row.text(1),
            slug: try row.text(2),
            title: try row.optionalText(3),
            isClosed: try row.integer(4) == 1,
            downloads: Int(try row.integer(5))
        )
    }
}
