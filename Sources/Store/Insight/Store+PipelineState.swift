import Facts

/// The state of the pipeline in numbers, for `status`, `/status.json`, `/metrics` and the pages.
extension Store {
    /// Whether the schema is the one that this build knows.
    ///
    /// - Returns: nil when it is, else what it is and should be.
    package func schemaMismatch() async throws -> (found: Int, known: Int)? {
        let (found, known) = (try await self.schemaNumber(), Schema.migrations.last?.number ?? 0)
        return found == known ? nil : (found, known)
    }

    package func pipelineState() async throws -> PipelineState {
        try await self.engine.read { try Self.pipelineState($0) }
    }

    private static func pipelineState(_ session: any SQLSession) throws -> PipelineState {
        let row = try session.rows(
            """
            SELECT \(.now) AS now,
                (SELECT coalesce(min(applied_at_ms), 0) FROM schema_migrations) AS created,
                (SELECT count(*) FROM packages WHERE attempts > 0) AS failing_packages,
                (SELECT count(*) FROM objects WHERE attempts > 0) AS failing_documents,
                (SELECT count(*) FROM package_leases WHERE until_ms > \(.now))
                    + (SELECT count(*) FROM object_leases WHERE until_ms > \(.now))
                    + (SELECT count(*) FROM archives WHERE lease_until_ms > 0 AND lease_until_ms > \(.now))
                    + (SELECT count(*) FROM sources WHERE lease_until_ms > \(.now)) AS leases,
                (SELECT CAST(value AS BIGINT) FROM settings WHERE key = 'feed_position') AS feed_position
            """
        )[0]
        let dirty = try session.rows(
            """
            SELECT count(*) AS dirty, count(CASE WHEN content_hash IS NULL THEN 1 END) AS deletes FROM objects
            WHERE content_hash IS DISTINCT FROM deployed_hash
            """
        )[0]
        let stages = try Stage.allCases.map { try Self.stageState($0, session) }
        let discover = stages.first { $0.stage == .discover }?.lastSuccess
        return PipelineState(
            nowMilliseconds: try row["now"],
            createdAtMilliseconds: try row["created"],
            sources: try Self.sourceStates(discover?.startedAtMilliseconds, session),
            stages: stages,
            failingPackages: try row["failing_packages"],
            dirtyDocuments: try dirty["dirty"],
            documentsToDelete: try dirty["deletes"],
            failingDocuments: try row["failing_documents"],
            leases: try row["leases"],
            feedPosition: try row["feed_position"] as Int64? ?? 0,
            advisoryFeeds: try Self.advisoryFeedStates(session)
        )
    }

    /// - Parameter discovered: When the last successful `discover` began.
    private static func sourceStates(
        _ discovered: Int64?,
        _ session: any SQLSession
    ) throws -> [PipelineState.SourceState] {
        try session.rows(
            """
            SELECT name, offer, cursor, cursor_at_ms, reconciled_at_ms, behind_since_ms, failing_since_ms, well_at_ms,
                CASE WHEN lease_until_ms > \(.now) THEN lease_run END AS leased_by,
                (SELECT count(*) FROM packages WHERE source = sources.name AND due_at_ms <= \(.now)) AS due,
                (SELECT count(*) FROM packages WHERE source = sources.name AND looks > 0) AS behind,
                (SELECT count(*) FROM packages WHERE source = sources.name AND doubts > 0) AS doubted,
                (SELECT count(*) FROM packages
                    WHERE source = sources.name AND held_at_ms IS NOT NULL AND is_confirmed = 0) AS held,
                (SELECT count(*) FROM packages
                    WHERE source = sources.name AND is_required = 1 AND unneeded_since_ms IS NULL) AS required,
                (SELECT count(*) FROM packages
                    WHERE source = sources.name AND unneeded_since_ms IS NOT NULL) AS unneeded
            FROM sources ORDER BY name
            """
        ).map { row in
            let cursor = (try row["cursor"] as String?).map { Position($0) }
            let checked = [discovered, try row["well_at_ms"]].compactMap(\.self).max()
            return PipelineState.SourceState(
                name: try row["name"],
                offer: try row["offer"],
                cursor: cursor,
                checkedAtMilliseconds: cursor == nil ? nil : checked,
                cursorAtMilliseconds: try row["cursor_at_ms"],
                reconciledAtMilliseconds: try row["reconciled_at_ms"],
                behindSinceMilliseconds: try row["behind_since_ms"],
                failingSinceMilliseconds: try row["failing_since_ms"],
                leasedBy: try row["leased_by"],
                due: try row["due"],
                behind: try row["behind"],
                doubted: try row["doubted"],
                held: try row["held"],
                required: try row["required"],
                unneeded: try row["unneeded"]
            )
        }
    }

    private static func stageState(_ stage: Stage, _ session: any SQLSession) throws -> PipelineState.StageState {
        func latest(_ condition: SQLStatement) throws -> Run? {
            try Self.runs("stage = \(stage.rawValue) AND \(condition) ORDER BY id DESC LIMIT 1", session).first
        }
        return PipelineState.StageState(
            stage: stage,
            last: try latest("1 = 1"),
            lastFinished: try latest("status <> 'running'"),
            lastSuccess: try latest("status IN ('succeeded', 'partial')")
        )
    }

    /// Reads an entry of an index for each package, and for each document that is live: callers keep the answer for a while.
    package func census() async throws -> Census {
        let size = try await self.engine.sizeInBytes()
        return try await self.engine.read { try Self.census(databaseBytes: size, $0) }
    }

    private static func census(databaseBytes: Int64, _ session: any SQLSession) throws -> Census {
        var packages: [String: [String: Int]] = [:]
        // One by one, and not by an index of sources: that of states has them in order, so that nothing is sorted.
        for source in try session.rows("SELECT name FROM sources") {
            let name: String = try source["name"]
            for row in try session.rows(
                "SELECT state, count(*) AS count FROM packages WHERE source || '' = \(name) GROUP BY state"
            ) {
                packages[name, default: [:]][try row["state"]] = try row["count"] as Int
            }
        }
        // All less what is gone, and what is not there yet or nobody can tell: indexes hold each of them.
        let row = try session.rows(
            """
            SELECT
                (SELECT count(*) FROM objects WHERE package_id IS NOT NULL)
                    + (SELECT count(*) FROM objects WHERE kind = 'root' AND package_id IS NULL)
                    - (
                        SELECT count(*) FROM objects
                        WHERE content_hash IS NULL AND deployed_hash IS NULL AND kind <> 'listing'
                    )
                    - (
                        SELECT count(*) FROM objects
                        WHERE content_hash IS DISTINCT FROM deployed_hash AND coalesce(length(deployed_hash), 0) < 32
                            AND kind <> 'listing'
                    ) AS live,
                (
                    SELECT min(content_changed_at_ms) FROM objects
                    WHERE content_hash IS DISTINCT FROM deployed_hash
                ) AS oldest_dirty
            """
        )[0]
        return Census(
            packages: packages,
            liveDocuments: try row["live"],
            oldestDirtyMilliseconds: try row["oldest_dirty"],
            runCounts: try session.rows(
                """
                SELECT stage, status, count(*) AS count FROM pipeline_runs GROUP BY stage, status
                ORDER BY stage, status
                """
            ).map { Census.Runs(stage: try $0["stage"], status: try $0["status"], count: try $0["count"]) },
            databaseBytes: databaseBytes,
            archives: try Self.archiveCensus(session),
            advisories: try Self.advisoryCensus(session)
        )
    }

    /// What the runs did, hour by hour, since `milliseconds`; hours without a run are left out.
    ///
    /// Reads every run: callers keep the answer for a while.
    package func activity(sinceMilliseconds milliseconds: Int64) async throws -> [Activity] {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT started_at_ms / 3600000 AS hour, count(*) AS runs,
                    count(CASE WHEN status IN ('failed', 'abandoned') THEN 1 END) AS failed,
                    CAST(sum(\(counter: .documentsChanged) + \(counter: .documentsWithdrawn)) AS BIGINT) AS changed,
                    CAST(sum(\(counter: .objectsUploaded) + \(counter: .objectsDeleted)) AS BIGINT) AS published
                FROM pipeline_runs WHERE started_at_ms >= \(milliseconds)
                GROUP BY started_at_ms / 3600000 ORDER BY 1
                """
            ).map { row in
                Activity(
                    hour: try row["hour"],
                    runs: try row["runs"],
                    runsFailed: try row["failed"],
                    documentsChanged: try row["changed"],
                    objectsPublished: try row["published"]
                )
            }
        }
    }

    /// - Parameters:
    ///   - failures: The most failures to list, and the most packages whose withdrawal is held.
    ///   - runs: The most runs to list.
    package func status(failures: Int, runs: Int) async throws -> StatusReport {
        let size = try await self.engine.sizeInBytes()
        return try await self.engine.read { session in
            StatusReport(
                state: try Self.pipelineState(session),
                census: try Self.census(databaseBytes: size, session),
                failures: try Self.failures(limit: failures, session),
                heldPackages: try session.rows(
                    """
                    SELECT source || '/' || key AS held FROM packages WHERE held_at_ms IS NOT NULL AND is_confirmed = 0
                    ORDER BY held_at_ms, key LIMIT \(Int64(failures))
                    """
                ).map { try $0["held"] },
                runs: try Self.runs("1 = 1 ORDER BY id DESC LIMIT \(Int64(runs))", session)
            )
        }
    }
}
