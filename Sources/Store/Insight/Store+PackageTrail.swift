/// Which commit upstream led to which object, by which runs, and when.
package struct Trail: Sendable, Codable, Equatable {
    package struct Step: Sendable, Codable, Equatable {
        package var run: Int64
        /// When the run began; nil when it is no longer kept.
        package var startedAtMilliseconds: Int64?
    }

    package struct Object: Sendable, Codable, Equatable {
        package var path: String
        /// SHA-256 of the bytes that it should have, in hexadecimal; nil when it should not exist.
        package var contentHash: String?
        package var contentChangedAtMilliseconds: Int64
        package var updatedBy: Step?
        package var isLive: Bool
        package var etag: String?
        package var deployedAtMilliseconds: Int64?
        /// The run that published what was last live, at the time above.
        package var syncedBy: Step?
        /// The run whose try failed since, and why.
        package var failedBy: Step?
        package var lastError: String?
    }

    package var source: String
    package var slug: String
    package var state: String
    package var changedRevision: Int64
    /// The date of that commit.
    package var changedAtMilliseconds: Int64?
    package var discoveredBy: Step?
    /// The highest revision whose effects the documents show.
    package var settledRevision: Int64
    package var updatedBy: Step?
    package var nextLookAtMilliseconds: Int64
    package var attempts: Int
    package var lastError: String?
    package var objects: [Object]
}

extension Store {
    /// The trails of packages.
    package func trails(packages ids: [Int64]) async throws -> [Trail] {
        try await self.engine.read { session in
            func step(_ row: SQLRow, _ column: Int) throws -> Trail.Step? {
                try row.optionalInteger(column).map {
                    Trail.Step(run: $0, startedAtMilliseconds: try row.optionalInteger(column + 1))
                }
            }
            let objects = try session.rows(
                """
                SELECT package_id, key, content_hash, deployed_hash, content_changed_at_ms, deployed_etag, deployed_at_ms,
                    last_error, updated_run, updated.started_at_ms, synced_run, synced.started_at_ms, failed_run,
                    failed.started_at_ms
                FROM objects
                LEFT JOIN pipeline_runs AS updated ON updated.id = updated_run
                LEFT JOIN pipeline_runs AS synced ON synced.id = synced_run
                LEFT JOIN pipeline_runs AS failed ON failed.id = failed_run
                WHERE package_id \(anyOf: ids) ORDER BY key
                """
            ).map { row in
                let (content, deployed) = (try row.optionalBlob(2), try row.optionalBlob(3))
                let object = Trail.Object(
                    path: try row.text(1),
                    contentHash: content.map { $0.map(Self.hexadecimal).joined() },
                    contentChangedAtMilliseconds: try row.integer(4),
                    updatedBy: try step(row, 8),
                    isLive: content != nil && content == deployed,
                    etag: try row.optionalText(5),
                    deployedAtMilliseconds: try row.optionalInteger(6),
                    syncedBy: try step(row, 10),
                    failedBy: try step(row, 12),
                    lastError: try row.optionalText(7)
                )
                return (package: try row.integer(0), object: object)
            }
            return try session.rows(
                """
                SELECT packages.id, source, key, state, changed_revision, changed_at_ms, settled_revision, due_at_ms,
                    attempts, last_error, discovered_run, discovered.started_at_ms, updated_run, updated.started_at_ms
                FROM packages
                LEFT JOIN pipeline_runs AS discovered ON discovered.id = discovered_run
                LEFT JOIN pipeline_runs AS updated ON updated.id = updated_run
                WHERE packages.id \(anyOf: ids) ORDER BY source, key
                """
            ).map { row in
                let id = try row.integer(0)
                return Trail(
                    source: try row.text(1),
                    slug: try row.text(2),
                    state: try row.text(3),
                    changedRevision: try row.integer(4),
                    changedAtMilliseconds: try row.optionalInteger(5),
                    discoveredBy: try step(row, 10),
                    settledRevision: try row.integer(6),
                    updatedBy: try step(row, 12),
                    nextLookAtMilliseconds: try row.integer(7),
                    attempts: Int(try row.integer(8)),
                    lastError: try row.optionalText(9),
                    objects: objects.filter { $0.package == id }.map(\.object)
                )
            }
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return byte < 16 ? "0" + text : text
    }
}
