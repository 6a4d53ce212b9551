package import Facts
import FoundationEssentials

/// `pipeline_runs`: who did what, when, from whose output.
extension Store {
    /// A running run that has not been heard of for this long has lost its worker.
    static let abandonedAfterMilliseconds: Int64 = 10 * 60 * 1_000

    /// Records that a stage starts, and marks runs whose worker vanished as abandoned.
    ///
    /// It takes the place of one that is too old, and of one more: runs that find nothing to do clean up nothing else, and
    /// there may be no others for years.
    ///
    /// - Returns: The run's id.
    package func beginRun(_ stage: Stage, worker: String, version: String) async throws -> RunID {
        try await self.engine.write { session in
            try session.execute(
                """
                UPDATE pipeline_runs
                SET status = 'abandoned', finished_at_ms = \(.now),
                    error = 'the worker stopped without a word; its leases ran out by themselves'
                WHERE status = 'running' AND heartbeat_at_ms < \(.now) - \(Self.abandonedAfterMilliseconds)
                """
            )
            let retention = Retention().runs.components.seconds * 1_000
            _ = try Self.forgetRuns(olderThan: retention, limit: 2, session)
            return try session.rows(
                """
                INSERT INTO pipeline_runs (stage, status, worker, version, started_at_ms, heartbeat_at_ms)
                VALUES (\(stage.rawValue), 'running', \(worker), \(version), \(.now), \(.now))
                RETURNING id
                """
            )[0]["id"]
        }
    }

    /// Says that the run is alive, with its counters so far.
    package func heartbeat(run: RunID, counters: [Counter: Int]) async throws {
        let text = try Self.json(counters)
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE pipeline_runs SET heartbeat_at_ms = \(.now), counters = \(text)
                WHERE id = \(run) AND status = 'running'
                """
            )
        }
    }

    package func finishRun(
        _ run: RunID,
        as status: RunStatus,
        consumed: [RunID] = [],
        counters: [Counter: Int],
        error: String? = nil
    ) async throws {
        let (consumed, counters) = (try Self.json(consumed.sorted()), try Self.json(counters))
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE pipeline_runs
                SET status = \(status.rawValue), finished_at_ms = \(.now), heartbeat_at_ms = \(.now),
                    consumed = \(consumed), counters = \(counters), error = \(.text(error))
                WHERE id = \(run)
                """
            )
        }
    }

    /// Takes back that a run has begun: it was refused before it did anything.
    package func withdrawRun(_ run: RunID) async throws {
        _ = try await self.engine.write { session in
            try session.execute("DELETE FROM pipeline_runs WHERE id = \(run) AND status = 'running'")
        }
    }

    package func run(_ id: RunID) async throws -> Run? {
        try await self.engine.read { try Self.runs("id = \(id)", $0).first }
    }

    /// Those of these runs that are kept, oldest first.
    package func runs(_ ids: some Sequence<RunID>) async throws -> [Run] {
        let numbers = ids.map(\.rawValue)
        if numbers.isEmpty { return [] }
        return try await self.engine.read { try Self.runs("id \(anyOf: numbers) ORDER BY id", $0) }
    }

    /// Runs, newest first.
    ///
    /// - Parameter before: Only those that are older than this one.
    package func runs(
        of stage: Stage? = nil,
        as status: RunStatus? = nil,
        before: RunID? = nil,
        limit: Int
    ) async throws -> [Run] {
        var condition: SQLStatement = "1 = 1"
        if let stage { condition = "\(condition) AND stage = \(stage.rawValue)" }
        if let status { condition = "\(condition) AND status = \(status.rawValue)" }
        if let before { condition = "\(condition) AND id < \(before)" }
        let filter = condition
        return try await self.engine.read { session in
            try Self.runs("\(filter) ORDER BY id DESC LIMIT \(Int64(limit))", session)
        }
    }

    /// Runs of a stage that took the output of run `id`, oldest first.
    package func consumers(of id: RunID, stage: Stage, limit: Int) async throws -> [Run] {
        // The column is a JSON list without blanks: with a comma at each end, every number stands between commas.
        try await self.engine.read { session in
            try Self.runs(
                """
                stage = \(stage.rawValue) AND id > \(id) AND \(.position)(
                    ',' || substr(consumed, 2, length(consumed) - 2) || ',', \(",\(id),")
                ) > 0
                ORDER BY id LIMIT \(Int64(limit))
                """,
                session
            )
        }
    }

    /// - Parameter which: What follows `WHERE`.
    static func runs(_ which: SQLStatement, _ session: any SQLSession) throws -> [Run] {
        try session.rows(
            """
            SELECT id, stage, status, worker, version, started_at_ms, finished_at_ms, consumed, counters, error
            FROM pipeline_runs WHERE \(which)
            """
        ).map(Run.init(row:))
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

extension Stage: SQLReadable {}
extension RunStatus: SQLReadable {}

extension Run {
    fileprivate init(row: SQLRow) throws {
        func decoded<Value: Decodable>(_ text: String) throws -> Value {
            try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        }
        self.init(
            id: try row["id"],
            stage: try row["stage"],
            status: try row["status"],
            worker: try row["worker"],
            version: try row["version"],
            startedAtMilliseconds: try row["started_at_ms"],
            finishedAtMilliseconds: try row["finished_at_ms"],
            consumed: try decoded(try row["consumed"]),
            counters: try decoded(try row["counters"]),
            error: try row["error"]
        )
    }
}
