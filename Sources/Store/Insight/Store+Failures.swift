package import Facts

/// What failed and is tried again, and what waits.
extension Store {
    /// What failed and is tried again, the next try first.
    package func failures(limit: Int) async throws -> [Failure] {
        try await self.engine.read { try Self.failures(limit: limit, $0) }
    }

    static func failures(limit: Int, _ session: any SQLSession) throws -> [Failure] {
        let packages = try session.rows(
            """
            SELECT source || '/' || key AS name, attempts, coalesce(last_error, '') AS error, due_at_ms FROM packages
            WHERE attempts > 0 ORDER BY due_at_ms LIMIT \(Int64(limit))
            """
        )
        let archives = try Self.failingArchives(limit: limit, session)
            .map(Failure.init(archive:))
        return try (packages.map(Failure.init(row:)) + Self.failures("attempts > 0", limit: limit, session) + archives)
            .prefix(limit).map { $0 }
    }

    /// `packages.json`, where the last try to publish it failed.
    package func failingRoot() async throws -> Failure? {
        try await self.engine.read { session in
            try Self.failures(
                "kind = \(ObjectKind.root) AND content_hash IS DISTINCT FROM deployed_hash AND attempts > 0",
                limit: 1,
                session
            ).first
        }
    }

    private static func failures(_ what: SQLStatement, limit: Int, _ session: any SQLSession) throws -> [Failure] {
        try session.rows(
            """
            SELECT key AS name, attempts, coalesce(last_error, '') AS error, due_at_ms FROM objects
            WHERE \(what) ORDER BY due_at_ms LIMIT \(Int64(limit))
            """
        ).map(Failure.init(row:))
    }

    /// How many packages of a source are due now.
    /// - Parameter isForced: Whether they are to be counted that are not due, too.
    package func dueCount(source: SourceName, ids: [Int64]? = nil, isForced: Bool = false) async throws -> Int {
        let restriction: SQLStatement = ids.map { "AND id \(anyOf: $0)" } ?? ""
        let due: SQLStatement = isForced ? "" : "AND due_at_ms <= \(.now)"
        return try await self.engine.read { session in
            // Two counts, because an index answers the first; few packages are leased.
            try session.rows(
                """
                SELECT
                    (SELECT count(*) FROM packages WHERE source = \(source) \(due) \(restriction))
                    - (
                        SELECT count(*) FROM package_leases JOIN packages ON id = package_id
                        WHERE until_ms > \(.now) AND source = \(source) \(due) \(restriction)
                    ) AS due
                """
            )[0]["due"]
        }
    }

    package func packageCount(sources: [SourceName]) async throws -> Int {
        try await self.engine.read { session in
            try session.rows("SELECT count(*) AS count FROM packages WHERE source \(anyOf: sources.map(\.rawValue))")[
                0
            ]["count"]
        }
    }

    /// How many packages of a source were derived under older settings than `format`.
    package func outdatedCount(source: SourceName, format: Int64) async throws -> Int {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT count(*) AS count FROM packages
                WHERE source = \(source) AND \(Self.isDerived) AND format < \(format)
                """
            )[0]["count"]
        }
    }

    /// How many documents `sync` would upload or delete now.
    /// - Parameter isForced: Whether those are to be counted that are as they should be, too.
    package func dirtyCount(
        paths: [String]? = nil,
        isForced: Bool = false
    ) async throws -> (uploads: Int, deletes: Int) {
        let restriction: SQLStatement = paths.map { "AND key \(anyOf: $0)" } ?? ""
        let dirty: SQLStatement =
            isForced
            ? "(content_hash IS NOT NULL OR deployed_hash IS NOT NULL)"
            : "content_hash IS DISTINCT FROM deployed_hash AND due_at_ms <= \(.now)"
        return try await self.engine.read { session in
            let row = try session.rows(
                "SELECT count(content_hash) AS uploads, count(*) AS dirty FROM objects WHERE \(dirty) \(restriction)"
            )[0]
            let uploads: Int = try row["uploads"]
            return (uploads, try row["dirty"] - uploads)
        }
    }
}

extension Failure {
    init(archive: ArchiveState) {
        self.init(
            name: "\(archive.package) \(archive.version)",
            attempts: archive.attempts,
            error: archive.lastError ?? "",
            retryAtMilliseconds: archive.dueAtMilliseconds
        )
    }

    init(row: SQLRow) throws {
        self.init(
            name: try row["name"],
            attempts: try row["attempts"],
            error: try row["error"],
            retryAtMilliseconds: try row["due_at_ms"]
        )
    }
}
