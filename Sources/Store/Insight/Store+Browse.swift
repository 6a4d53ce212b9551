import Composer
import Facts

/// What the pages show of packages, documents and runs.
extension Store {
    /// One page of packages, and how many there are on all pages.
    package func packages(_ query: PackageQuery) async throws -> (packages: [PackageSummary], total: Int) {
        var condition: SQLStatement = query.state.map { "state = \($0.rawValue)" } ?? "1 = 1"
        if let source = query.source { condition = "\(condition) AND source = \(source)" }
        for word in query.words { condition = "\(condition) AND \(.position)(search_text, lower(\(word))) > 0" }
        // The text begins with the slug, so that its order is that of slugs.
        let order: SQLStatement =
            switch query.order {
            case .name: "search_text, source"
            case .installs: "coalesce(active_installs, -1) DESC, search_text, source"
            case .updated: "coalesce(last_updated_ms, -1) DESC, search_text, source"
            }
        let (filter, sorting) = (condition, order)
        return try await self.engine.read { session in
            // Matching and sorting need the index only; the table is read for one page of rows.
            let rows = try session.rows(
                """
                SELECT \(PackageSummary.columns) FROM packages JOIN (
                    SELECT id AS listed_id FROM packages WHERE \(filter)
                    ORDER BY \(sorting) LIMIT \(Int64(query.limit)) OFFSET \(Int64(query.offset))
                ) AS listed ON listed_id = id ORDER BY \(sorting)
                """
            )
            let total = try session.rows("SELECT count(*) FROM packages WHERE \(filter)")[0].integer(0)
            return (try rows.map { try PackageSummary(row: $0) }, Int(total))
        }
    }

    /// - Parameter paths: The documents to tell of.
    /// - Returns: nil when the source has no such slug.
    package func package(source: String, slug: String, paths: [String]) async throws -> PackageDetail? {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT \(PackageSummary.columns), closed_date, closed_reason, closed_permanent, changed_revision,
                    changed_at_ms, settled_revision, due_at_ms, last_error, discovered_run, updated_run
                FROM packages WHERE source = \(source) AND key = \(slug)
                """
            ).first.map { row in
                PackageDetail(
                    summary: try PackageSummary(row: row),
                    closedDate: try row.optionalText(8),
                    closedReason: try row.optionalText(9),
                    isClosedPermanently: try row.integer(10) == 1,
                    changedRevision: try row.integer(11),
                    changedAtMilliseconds: try row.optionalInteger(12),
                    settledRevision: try row.integer(13),
                    dueAtMilliseconds: try row.integer(14),
                    lastError: try row.optionalText(15),
                    discoveredRun: try row.optionalInteger(16),
                    updatedRun: try row.optionalInteger(17),
                    documents: try session.rows(
                        "SELECT \(DocumentState.columns) FROM objects WHERE key \(anyOf: paths) ORDER BY key"
                    ).map { try DocumentState(row: $0) }
                )
            }
        }
    }

    /// The last published changes, newest first.
    ///
    /// - Parameter before: Only those at a lower feed position.
    package func changes(before: Int64? = nil, limit: Int) async throws -> [DocumentState] {
        let bound: SQLStatement = before.map { "AND feed_position < \($0)" } ?? ""
        return try await self.engine.read { session in
            try session.rows(
                """
                SELECT \(DocumentState.columns) FROM objects WHERE feed_position IS NOT NULL \(bound)
                ORDER BY feed_position DESC LIMIT \(Int64(limit))
                """
            ).map { try DocumentState(row: $0) }
        }
    }
}

extension PackageSummary {
    /// Cut here, too: what is stored may be older than the limits of today.
    static let columns: SQLStatement = """
        source, key, state, substr(title, 1, 300), substr(latest_version, 1, 255), active_installs, last_updated_ms,
        attempts
        """

    init(row: SQLRow) throws {
        guard let state = PackageState(rawValue: try row.text(2)) else {
            throw StoreError.unexpectedColumn("a package in state '\(try row.text(2))'")
        }
        self.init(
            source: try row.text(0),
            slug: try row.text(1),
            state: state,
            title: try row.optionalText(3),
            latestVersion: try row.optionalText(4),
            activeInstalls: try row.optionalInteger(5),
            lastUpdatedMilliseconds: try row.optionalInteger(6),
            attempts: Int(try row.integer(7))
        )
    }
}

extension DocumentState {
    static let columns: SQLStatement = """
        key, content_hash, deployed_hash, content_changed_at_ms, deployed_at_ms, feed_position, attempts, last_error,
        due_at_ms, updated_run, synced_run
        """

    init(row: SQLRow) throws {
        let deployed = try row.optionalBlob(2)
        self.init(
            path: try row.text(0),
            contentHash: try row.optionalBlob(1).flatMap(ContentHash.init(bytes:))?.hexadecimal,
            live: deployed.map { bytes in
                ContentHash(bytes: bytes).map { .hash($0.hexadecimal) } ?? .unknown
            } ?? .nothing,
            changedAtMilliseconds: try row.integer(3),
            deployedAtMilliseconds: try row.optionalInteger(4),
            feedPosition: try row.optionalInteger(5),
            attempts: Int(try row.integer(6)),
            lastError: try row.optionalText(7),
            dueAtMilliseconds: try row.integer(8),
            updatedRun: try row.optionalInteger(9),
            syncedRun: try row.optionalInteger(10)
        )
    }
}
