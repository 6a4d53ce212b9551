import Composer
package import Facts

/// What documents say by the lists of `filter`, and the summary of it.
extension Store {
    private static let listsSetting = "filter_lists"
    /// Those of them that the summary which is live has too, while another is to take its place.
    private static let earlierListsSetting = "filter_lists_earlier"

    private static let isLive: SQLStatement = """
        FROM filter_entries JOIN packages ON packages.id = filter_entries.package_id
        WHERE EXISTS (
            SELECT 1 FROM objects
            WHERE objects.key = 'p2/' || packages.name || '.json' AND objects.package_id = packages.id
                AND objects.live_hash IS NOT NULL
        )
        """

    /// Writes what documents of packages say, in the transaction that writes the documents.
    static func write(filtersOf results: [PackageResult], _ session: any SQLSession) throws {
        var wanted: [Int64: [String: String]] = [:]
        for result in results {
            guard let filters = result.filters else { continue }
            let lists = Dictionary(grouping: filters, by: \.list)
            wanted[result.claim.id] = lists.mapValues { FilterSummary.joined($0.map(\.constraint)) }
        }
        guard !wanted.isEmpty else { return }
        var known: [Int64: [String: String]] = [:]
        let rows = try session.rows(
            "SELECT package_id, list, constraints FROM filter_entries WHERE package_id \(anyOf: Array(wanted.keys))"
        )
        for row in rows { known[try row["package_id"], default: [:]][try row["list"]] = try row["constraints"] }
        let changed = wanted.filter { known[$0.key] ?? [:] != $0.value }
        guard !changed.isEmpty else { return }
        try session.execute("DELETE FROM filter_entries WHERE package_id \(anyOf: Array(changed.keys))")
        try session.execute(
            """
            INSERT INTO filter_entries (package_id, list, constraints)
            VALUES (\(named: "package"), \(named: "list"), \(named: "constraints"))
            """,
            each: changed.sorted { $0.key < $1.key }.flatMap { package, lists in
                lists.sorted { $0.key < $1.key }.map { list, constraints -> SQLParameters in
                    ["package": .integer(package), "list": .text(list), "constraints": .text(constraints)]
                }
            }
        )
        // Also where there is none yet: whoever derives the first one at this moment is waited for, or waits.
        try Self.makeSummary(isStale: true, session)
    }

    private static func makeSummary(isStale: Bool, _ session: any SQLSession) throws {
        try session.execute(
            """
            INSERT INTO objects (key, kind, content_changed_at_ms, is_stale)
            VALUES (\(FilterSummary.path), \(ObjectKind.root), 0, \(isStale ? 1 : 0))
            ON CONFLICT (key) DO UPDATE SET is_stale = excluded.is_stale
            """
        )
    }

    /// Whether ``deriveFilterSummary(run:)`` has something to do.
    package func isFilterSummaryDue() async throws -> Bool {
        try await self.engine.read { session in
            let row = try session.rows(
                "SELECT is_stale, content_lost FROM objects WHERE key = \(FilterSummary.path)"
            ).first
            guard let row else { return try !session.rows("SELECT 1 \(Self.isLive) LIMIT 1").isEmpty }
            let (isStale, isLost): (Bool, Bool) = (try row["is_stale"], try row["content_lost"])
            return isStale || isLost
        }
    }

    /// Derives the summary from what is live, unless it says so already.
    ///
    /// There is none before any list names anything; then it stays, be it empty.
    ///
    /// - Returns: Whether it says something else than before.
    package func deriveFilterSummary(run: RunID) async throws -> Bool {
        guard try await self.isFilterSummaryDue() else { return false }
        return try await self.engine.write { session in
            // First: who changes what is live from here on waits, and marks it again.
            try FeedPositions.lock(session)
            try Self.makeSummary(isStale: false, session)
            let rows = try session.rows("SELECT list, packages.name, constraints \(Self.isLive)").map {
                row -> FilterSummary.Row in (try row["list"], try row["name"], try row["constraints"])
            }
            let isNew = try session.rows(
                "SELECT 1 FROM objects WHERE key = \(FilterSummary.path) AND content_hash IS NOT NULL"
            ).isEmpty
            if rows.isEmpty, isNew { return false }
            let lists = Set(rows.map(\.list)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let live = Set(try Self.liveLists(session))
            try Self.setSetting(
                Self.earlierListsSetting,
                to: lists.filter(live.contains).joined(separator: " "),
                session
            )
            try Self.setSetting(Self.listsSetting, to: lists.joined(separator: " "), session)
            var references = BlobReferences()
            let written = try Self.setContents(
                [(FilterSummary.path, nil, Blob(of: FilterSummary.json(rows)))],
                kind: .root,
                references: &references,
                run: run,
                session
            )
            try references.write(session)
            return written.changed > 0
        }
    }

    /// The lists that name anything, where the summary is live that says so: what a root can name.
    package func liveFilterLists() async throws -> [String] {
        try await self.engine.read { try Self.liveLists($0) }
    }

    private static func liveLists(_ session: any SQLSession) throws -> [String] {
        let lists: String? = try session.rows(
            """
            SELECT value FROM settings JOIN objects ON objects.key = \(FilterSummary.path)
            WHERE settings.key = CASE WHEN live_hash = content_hash
                THEN CAST(\(Self.listsSetting) AS TEXT) ELSE CAST(\(Self.earlierListsSetting) AS TEXT) END
                AND live_hash IS NOT NULL
            """
        ).first?["value"]
        return lists?.split(separator: " ").map(String.init) ?? []
    }
}
