package import Facts

/// Names that a change of the settings would move from one source to another.
package struct NameMoves: Sendable, Equatable {
    /// Names that are published of the source and would be another's.
    package var lost = 0
    /// Names that were another's and would be the source's.
    package var gained = 0
    /// The first of them.
    package var examples: [String] = []

    package var count: Int { self.lost + self.gained }

    package init() {}

    fileprivate static let mostExamples = 3

    fileprivate mutating func add(_ name: String) {
        if self.examples.count < Self.mostExamples { self.examples.append(name) }
    }
}

extension Store {
    /// Looks through the packages of a source for names that would move, and changes nothing.
    ///
    /// - Parameters:
    ///   - rule: How its packages would be called.
    ///   - name: How they would be if no other source owned a name.
    ///   - countsGains: Whether what it does not have is another's, and not only not named yet.
    package func moves(
        of source: SourceName,
        by rule: NameRule,
        name: @escaping @Sendable (_ key: String) -> String?,
        countsGains: Bool,
        pageSize: Int = 5_000
    ) async throws -> NameMoves {
        var moves = NameMoves()
        var (last, isLastPage) = ("", false)
        while !isLastPage {
            let (page, gained) = try await self.engine.read { [last] session in
                try session.readInOrder()
                let page = try session.rows(
                    """
                    SELECT key, name, CAST(CASE WHEN EXISTS (
                        SELECT 1 FROM objects WHERE package_id = packages.id AND content_hash IS NOT NULL
                    ) THEN 1 ELSE 0 END AS BIGINT) AS is_published
                    FROM packages WHERE source = \(source) AND key > \(last) ORDER BY key LIMIT \(Int64(pageSize))
                    """
                ).map { row in
                    (
                        key: try row["key"] as String, name: try row["name"] as String?,
                        isPublished: try row["is_published"] as Bool
                    )
                }
                let unnamed = countsGains ? page.filter { $0.name == nil }.compactMap { rule.name($0.key) } : []
                if unnamed.isEmpty { return (page, [String]()) }
                // Who has none because another package of the source has it does not get it.
                let held = Set(
                    try session.rows("SELECT name FROM packages WHERE source = \(source) AND name \(anyOf: unnamed)")
                        .map { try $0["name"] as String }
                )
                return (page, unnamed.filter { !held.contains($0) })
            }
            isLastPage = page.count < pageSize
            last = page.last?.key ?? last
            for package in page where package.isPublished && rule.name(package.key) == nil {
                guard let known = package.name, name(package.key) == known else { continue }
                moves.lost += 1
                moves.add(known)
            }
            moves.gained += gained.count
            gained.forEach { moves.add($0) }
        }
        return moves
    }
}
