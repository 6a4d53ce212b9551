/// Following a trail: which runs led to what, and what a run touched.
///
/// A row names the last run that touched it, so an older run shows what no later one has touched since.
extension Store {
    package func run(_ id: Int64) async throws -> Run? {
        try await self.engine.read { session in
            try session.rows("SELECT \(Run.columns) FROM pipeline_runs WHERE id = \(id)").first.map {
                try Run(row: $0)
            }
        }
    }

    /// Runs, newest first.
    ///
    /// - Parameter before: Only those that are older than this one.
    package func runs(
        of stage: Stage? = nil,
        as status: RunStatus? = nil,
        before: Int64? = nil,
        limit: Int
    ) async throws -> [Run] {
        var condition: SQLStatement = "1 = 1"
        if let stage { condition = "\(condition) AND stage = \(stage.rawValue)" }
        if let status { condition = "\(condition) AND status = \(status.rawValue)" }
        if let before { condition = "\(condition) AND id < \(before)" }
        let filter = condition
        return try await self.engine.read { session in
            try session.rows(
                """
                SELECT \(Run.columns) FROM pipeline_runs WHERE \(filter) ORDER BY id DESC LIMIT \(Int64(limit))
                """
            ).map { try Run(row: $0) }
        }
    }

    /// Runs of a stage that took the output of run `id`, oldest first.
    package func consumers(of id: Int64, stage: Stage, limit: Int) async throws -> [Run] {
        // The column is a JSON list without blanks: with a comma at each end, every number stands between commas.
        try await self.engine.read { session in
            try session.rows(
                """
                SELECT \(Run.columns) FROM pipeline_runs
                WHERE stage = \(stage.rawValue) AND id > \(id) AND \(.position)(
                    ',' || substr(consumed, 2, length(consumed) - 2) || ',', \(",\(id),")
                ) > 0
                ORDER BY id LIMIT \(Int64(limit))
                """
            ).map { try Run(row: $0) }
        }
    }

    /// Packages that `discover` or `update` run `id` was the last to touch, by slug, and how many there are.
    package func packages(
        touchedBy id: Int64,
        stage: Stage,
        limit: Int,
        offset: Int
    ) async throws -> (packages: [PackageSummary], total: Int) {
        guard stage != .sync else { return ([], 0) }
        let condition: SQLStatement = stage == .discover ? "discovered_run = \(id)" : "updated_run = \(id)"
        return try await self.engine.read { session in
            (
                try session.rows(
                    """
                    SELECT \(PackageSummary.columns) FROM packages WHERE \(condition)
                    ORDER BY key, source LIMIT \(Int64(limit)) OFFSET \(Int64(offset))
                    """
                ).map { try PackageSummary(row: $0) },
                Int(try session.rows("SELECT count(*) FROM packages WHERE \(condition)")[0].integer(0))
            )
        }
    }

    /// Documents that `update` run `id` was the last to change, or `sync` run `id` the last to publish or the last to
    /// fail at, by path.
    package func documents(
        touchedBy id: Int64,
        stage: Stage,
        limit: Int,
        offset: Int
    ) async throws -> (documents: [DocumentState], total: Int) {
        guard stage != .discover else { return ([], 0) }
        let condition: SQLStatement =
            stage == .update ? "updated_run = \(id)" : "(synced_run = \(id) OR failed_run = \(id))"
        return try await self.engine.read { session in
            (
                try session.rows(
                    """
                    SELECT \(DocumentState.columns) FROM objects WHERE \(condition)
                    ORDER BY key LIMIT \(Int64(limit)) OFFSET \(Int64(offset))
                    """
                ).map { try DocumentState(row: $0) },
                Int(try session.rows("SELECT count(*) FROM objects WHERE \(condition)")[0].integer(0))
            )
        }
    }
}
