import Facts

/// The state of the pipeline in numbers, for `/metrics`, `/status.json` and the pages.
extension Store {
    /// Whether the schema is the one that this build knows.
    ///
    /// - Returns: nil when it is, else what it is and should be.
    package func schemaMismatch() async throws -> (found: Int, known: Int)? {
        let (found, known) = (try await self.schemaNumber(), Schema.migrations.last?.number ?? 0)
        return found == known ? nil : (found, known)
    }

    package func pipelineState() async throws -> PipelineState {
        try await self.engine.read { session in
            func count(_ statement: SQLStatement) throws -> Int { Int(try session.rows(statement)[0].integer(0)) }
            let dirty: SQLStatement = "FROM objects WHERE content_hash IS DISTINCT FROM deployed_hash"
            return PipelineState(
                nowMilliseconds: try session.rows("SELECT \(.now)")[0].integer(0),
                createdAtMilliseconds: try session.rows(
                    "SELECT coalesce(min(applied_at_ms), 0) FROM schema_migrations"
                )[0].integer(0),
                sources: try Self.sourceStates(session),
                stages: try Stage.allCases.map { try Self.stageState($0, session) },
                packagesFailing: try count("SELECT count(*) FROM packages WHERE attempts > 0"),
                documentsDirty: try count("SELECT count(*) \(dirty)"),
                documentsToDelete: try count("SELECT count(*) \(dirty) AND content_hash IS NULL"),
                documentsFailing: try count("SELECT count(*) FROM objects WHERE attempts > 0"),
                leases: try count(
                    """
                    SELECT (SELECT count(*) FROM packages WHERE lease_until_ms > 0 AND lease_until_ms > \(.now))
                        + (SELECT count(*) FROM objects WHERE lease_until_ms > 0 AND lease_until_ms > \(.now))
                        + (SELECT count(*) FROM sources WHERE lease_until_ms > \(.now))
                    """
                ),
                feedPosition: try session.rows(
                    "SELECT CAST(value AS BIGINT) FROM settings WHERE key = 'feed_position'"
                ).first?.integer(0) ?? 0
            )
        }
    }

    /// Reads every package, document and run: callers keep the answer for a while.
    package func census() async throws -> Census {
        let size = try await self.engine.sizeInBytes()
        return try await self.engine.read { session in
            Census(
                packages: try session.rows(
                    "SELECT source, state, count(*) FROM packages GROUP BY source, state ORDER BY source, state"
                ).map { Census.Packages(source: try $0.text(0), state: try $0.text(1), count: Int(try $0.integer(2))) },
                documentsLive: Int(
                    try session.rows("SELECT count(*) FROM objects WHERE length(deployed_hash) = 32")[0].integer(0)
                ),
                oldestDirtyMilliseconds: try session.rows(
                    """
                    SELECT min(content_changed_at_ms) FROM objects
                    WHERE content_hash IS DISTINCT FROM deployed_hash
                    """
                )[0].optionalInteger(0),
                runs: try session.rows(
                    "SELECT stage, status, count(*) FROM pipeline_runs GROUP BY stage, status ORDER BY stage, status"
                ).compactMap { row in
                    guard let stage = Stage(rawValue: try row.text(0)),
                        let status = RunStatus(rawValue: try row.text(1))
                    else { return nil }
                    return Census.Runs(stage: stage, status: status, count: Int(try row.integer(2)))
                },
                databaseBytes: size
            )
        }
    }

    /// What the runs did, hour by hour, since `milliseconds`; hours without a run are left out.
    ///
    /// Reads every run: callers keep the answer for a while.
    package func activity(sinceMilliseconds milliseconds: Int64) async throws -> [Activity] {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT started_at_ms / 3600000, count(*),
                    count(CASE WHEN status IN ('failed', 'abandoned') THEN 1 END),
                    CAST(sum(\(counter: .documentsChanged) + \(counter: .documentsWithdrawn)) AS BIGINT),
                    CAST(sum(\(counter: .objectsUploaded) + \(counter: .objectsDeleted)) AS BIGINT)
                FROM pipeline_runs WHERE started_at_ms >= \(milliseconds)
                GROUP BY started_at_ms / 3600000 ORDER BY 1
                """
            ).map { row in
                Activity(
                    hour: try row.integer(0),
                    runs: Int(try row.integer(1)),
                    runsFailed: Int(try row.integer(2)),
                    documentsChanged: Int(try row.integer(3)),
                    objectsPublished: Int(try row.integer(4))
                )
            }
        }
    }

    private static func sourceStates(_ session: any SQLSession) throws -> [PipelineState.SourceState] {
        try session.rows(
            """
            SELECT name, CAST(cursor AS BIGINT), cursor_at_ms, reconciled_at_ms, behind_since_ms, failing_since_ms,
                CASE WHEN lease_until_ms > \(.now) THEN lease_run END,
                (SELECT count(*) FROM packages WHERE source = sources.name AND due_at_ms <= \(.now)),
                (SELECT count(*) FROM packages
                    WHERE source = sources.name AND held_at_ms IS NOT NULL AND is_confirmed = 0)
            FROM sources ORDER BY name
            """
        ).map { row in
            PipelineState.SourceState(
                name: try row.text(0),
                cursor: try row.optionalInteger(1),
                cursorAtMilliseconds: try row.optionalInteger(2),
                reconciledAtMilliseconds: try row.optionalInteger(3),
                behindSinceMilliseconds: try row.optionalInteger(4),
                failingSinceMilliseconds: try row.optionalInteger(5),
                leasedBy: try row.optionalInteger(6),
                due: Int(try row.integer(7)),
                held: Int(try row.integer(8))
            )
        }
    }

    private static func stageState(_ stage: Stage, _ session: any SQLSession) throws -> PipelineState.StageState {
        func latest(_ condition: SQLStatement) throws -> Run? {
            try session.rows(
                """
                SELECT \(Run.columns) FROM pipeline_runs WHERE stage = \(stage.rawValue) \(condition)
                ORDER BY id DESC LIMIT 1
                """
            ).first.map { try Run(row: $0) }
        }
        return PipelineState.StageState(
            stage: stage,
            last: try latest(""),
            lastFinished: try latest("AND status <> 'running'"),
            lastSuccess: try latest("AND status IN ('succeeded', 'partial')")
        )
    }
}
