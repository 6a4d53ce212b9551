/// The state of the pipeline, for `status` and for dry runs.
package struct StatusReport: Sendable, Codable, Equatable {
    package struct SourceReport: Sendable, Codable, Equatable {
        package var name: String
        package var cursor: Int64?
        package var leasedBy: Int64?
        package var reconciledAtMilliseconds: Int64?
        package var packages: [String: Int]
        package var due: Int
        /// Packages that upstream has said to be gone, which is not believed yet.
        package var doubted: Int
        /// Withdrawals that wait for a person.
        package var held: Int
    }

    /// A package or document that failed, and when it is tried again.
    package struct Failure: Sendable, Codable, Equatable {
        package var name: String
        package var attempts: Int
        package var error: String
        package var retryAtMilliseconds: Int64
    }

    package var nowMilliseconds: Int64
    package var sources: [SourceReport]
    package var dirtyDocuments: Int
    package var documentsToDelete: Int
    package var liveDocuments: Int
    package var failingPackages: Int
    package var failingDocuments: Int
    /// Rows that somebody is at work on now.
    package var leases: Int
    package var failures: [Failure]
    /// Packages whose withdrawal waits for a person, the longest waiting first.
    package var heldPackages: [String]
    package var runs: [Run]
    package var databaseBytes: Int64
}

extension Store {
    /// - Parameters:
    ///   - failures: The most failures to list, and the most packages whose withdrawal is held.
    ///   - runs: The most runs to list.
    package func status(failures: Int, runs: Int) async throws -> StatusReport {
        let recent = try await self.recentRuns(limit: runs)
        let size = try await self.engine.sizeInBytes()
        return try await self.engine.read { session in
            func count(_ statement: SQLStatement) throws -> Int { Int(try session.rows(statement)[0].integer(0)) }
            return StatusReport(
                nowMilliseconds: try session.rows("SELECT \(.now)")[0].integer(0),
                sources: try Self.sourceReports(session),
                dirtyDocuments: try count(
                    "SELECT count(*) FROM objects WHERE content_hash IS DISTINCT FROM deployed_hash"
                ),
                documentsToDelete: try count(
                    """
                    SELECT count(*) FROM objects
                    WHERE content_hash IS DISTINCT FROM deployed_hash AND content_hash IS NULL
                    """
                ),
                liveDocuments: try count("SELECT count(*) FROM objects WHERE length(deployed_hash) = 32"),
                failingPackages: try count("SELECT count(*) FROM packages WHERE attempts > 0"),
                failingDocuments: try count("SELECT count(*) FROM objects WHERE attempts > 0"),
                leases: try count(
                    """
                    SELECT (SELECT count(*) FROM packages WHERE lease_until_ms > 0 AND lease_until_ms > \(.now))
                        + (SELECT count(*) FROM objects WHERE lease_until_ms > 0 AND lease_until_ms > \(.now))
                        + (SELECT count(*) FROM sources WHERE lease_until_ms > \(.now))
                    """
                ),
                failures: try Self.failures(limit: failures, session),
                heldPackages: try session.rows(
                    """
                    SELECT source || '/' || key FROM packages WHERE held_at_ms IS NOT NULL AND is_confirmed = 0
                    ORDER BY held_at_ms, key LIMIT \(Int64(failures))
                    """
                ).map { try $0.text(0) },
                runs: recent,
                databaseBytes: size
            )
        }
    }

    /// How many packages of a source are due now.
    /// - Parameter isForced: Whether they are to be counted that are not due, too.
    package func dueCount(source: String, ids: [Int64]? = nil, isForced: Bool = false) async throws -> Int {
        let restriction: SQLStatement = ids.map { "AND id \(anyOf: $0)" } ?? ""
        let due: SQLStatement = isForced ? "" : "AND due_at_ms <= \(.now)"
        return try await self.engine.read { session in
            // Two counts, because an index answers the first; few packages are leased.
            Int(
                try session.rows(
                    """
                    SELECT
                        (SELECT count(*) FROM packages WHERE source = \(source) \(due) \(restriction))
                        - (
                            SELECT count(CASE WHEN source = \(source) \(due) THEN 1 END) FROM packages
                            WHERE lease_until_ms > 0 AND lease_until_ms > \(.now) \(restriction)
                        )
                    """
                )[0].integer(0)
            )
        }
    }

    package func packageCount(sources: [String]) async throws -> Int {
        try await self.engine.read { session in
            Int(try session.rows("SELECT count(*) FROM packages WHERE source \(anyOf: sources)")[0].integer(0))
        }
    }

    /// How many packages of a source were derived under older settings than `format`.
    package func outdatedCount(source: String, format: Int64) async throws -> Int {
        try await self.engine.read { session in
            Int(
                try session.rows(
                    """
                    SELECT count(*) AS count FROM packages
                    WHERE source = \(source) AND payload_hash IS NOT NULL AND format < \(format)
                    """
                )[0].integer(0)
            )
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
                """
                SELECT count(content_hash), count(*) FROM objects
                WHERE \(dirty) \(restriction)
                """
            )[0]
            let uploads = Int(try row.integer(0))
            return (uploads, Int(try row.integer(1)) - uploads)
        }
    }

    private static func sourceReports(_ session: any SQLSession) throws -> [StatusReport.SourceReport] {
        var states: [String: [String: Int]] = [:]
        for row in try session.rows("SELECT source, state, count(*) FROM packages GROUP BY source, state") {
            states[try row.text(0), default: [:]][try row.text(1)] = Int(try row.integer(2))
        }
        return try session.rows(
            """
            SELECT name, CAST(cursor AS BIGINT), CASE WHEN lease_until_ms > \(.now) THEN lease_run END, reconciled_at_ms,
                (SELECT count(*) FROM packages WHERE source = sources.name AND due_at_ms <= \(.now)),
                (SELECT count(*) FROM packages WHERE source = sources.name AND doubts > 0),
                (SELECT count(*) FROM packages
                    WHERE source = sources.name AND held_at_ms IS NOT NULL AND is_confirmed = 0)
            FROM sources ORDER BY name
            """
        ).map { row in
            StatusReport.SourceReport(
                name: try row.text(0),
                cursor: try row.optionalInteger(1),
                leasedBy: try row.optionalInteger(2),
                reconciledAtMilliseconds: try row.optionalInteger(3),
                packages: states[try row.text(0)] ?? [:],
                due: Int(try row.integer(4)),
                doubted: Int(try row.integer(5)),
                held: Int(try row.integer(6))
            )
        }
    }

    /// `packages.json`, where the last try to publish it failed.
    package func failingRoot() async throws -> StatusReport.Failure? {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT key, attempts, coalesce(last_error, ''), due_at_ms FROM objects
                WHERE kind = \(ObjectKind.root) AND content_hash IS DISTINCT FROM deployed_hash AND attempts > 0
                ORDER BY key LIMIT 1
                """
            ).first.map(Self.failure)
        }
    }

    /// What failed and is tried again, the next try first.
    package func failures(limit: Int) async throws -> [StatusReport.Failure] {
        try await self.engine.read { try Self.failures(limit: limit, $0) }
    }

    private static func failures(limit: Int, _ session: any SQLSession) throws -> [StatusReport.Failure] {
        let packages = try session.rows(
            """
            SELECT source || '/' || key, attempts, coalesce(last_error, ''), due_at_ms FROM packages
            WHERE attempts > 0 ORDER BY due_at_ms LIMIT \(Int64(limit))
            """
        )
        let documents = try session.rows(
            """
            SELECT key, attempts, coalesce(last_error, ''), due_at_ms FROM objects
            WHERE attempts > 0 ORDER BY due_at_ms LIMIT \(Int64(limit))
            """
        )
        return try (packages + documents).prefix(limit).map(Self.failure)
    }

    private static func failure(_ row: SQLRow) throws -> StatusReport.Failure {
        StatusReport.Failure(
            name: try row.text(0),
            attempts: Int(try row.integer(1)),
            error: try row.text(2),
            retryAtMilliseconds: try row.integer(3)
        )
    }
}
