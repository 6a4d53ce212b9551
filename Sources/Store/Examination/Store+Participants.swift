package import Facts

/// Who has worked on the database.
extension Store {
    /// The runs of a stage by one version of the program.
    package struct Participation: Sendable, Equatable {
        package var stage: Stage
        package var version: String
        package var first: RunID
        package var last: RunID

        package init(stage: Stage, version: String, first: RunID, last: RunID) {
            self.stage = stage
            self.version = version
            self.first = first
            self.last = last
        }
    }

    /// Who has run in this time, by stage and in the order of their first runs.
    package func participations(withinMilliseconds period: Int64) async throws -> [Participation] {
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT stage, version, min(id) AS first, max(id) AS last FROM pipeline_runs
                WHERE started_at_ms > \(.now) - \(period) GROUP BY stage, version ORDER BY stage, min(id)
                """
            ).map { row in
                Participation(
                    stage: try row["stage"],
                    version: try row["version"],
                    first: try row["first"],
                    last: try row["last"]
                )
            }
        }
    }

    /// Whether documents of a source were last derived under a fingerprint, and under another one than this.
    package func isDerivedOtherwise(_ source: SourceName, thanBy fingerprint: String) async throws -> Bool {
        try await self.engine.read { session in
            try !session.rows(
                "SELECT 1 AS found FROM sources WHERE name = \(source) AND fingerprint <> \(fingerprint)"
            ).isEmpty
        }
    }
}
