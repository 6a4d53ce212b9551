package import Facts
import FoundationEssentials

/// `pipeline_runs`: who did what, when, from whose output.
extension Store {
    /// A running run that has not been heard of for this long has lost its worker.
    static let abandonedAfterMilliseconds: Int64 = 10 * 60 * 1_000

    /// Records that a stage starts, and marks runs whose worker vanished as abandoned.
    ///
    /// - Returns: The run's id.
    package func beginRun(_ stage: Stage, worker: String, version: String) async throws -> Int64 {
        try await self.engine.write { session in
            try session.execute(
                """
                UPDATE pipeline_runs
                SET status = 'abandoned', finished_at_ms = \(.now),
                    error = 'the worker stopped without a word; its leases ran out by themselves'
                WHERE status = 'running' AND heartbeat_at_ms < \(.now) - \(Self.abandonedAfterMilliseconds)
                """
            )
            return try session.rows(
                """
                INSERT INTO pipeline_runs (stage, status, worker, version, started_at_ms, heartbeat_at_ms)
                VALUES (\(stage.rawValue), 'running', \(worker), \(version), \(.now), \(.now))
                RETURNING id
                """
            )[0].integer(0)
        }
    }

    /// Says that the run is alive, with its counters so far.
    package func heartbeat(run: Int64, counters: [Counter: Int]) async throws {
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
        _ run: Int64,
        as status: RunStatus,
        consumed: [Int64] = [],
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

    /// The latest runs, newest first.
    package func recentRuns(of stage: Stage? = nil, limit: Int) async throws -> [Run] {
        let filter: SQLStatement = stage.map { "WHERE stage = \($0.rawValue)" } ?? ""
        return try await self.engine.read { session in
            try session.rows(
                """
                SELECT \(Run.columns) FROM pipeline_runs \(filter) ORDER BY id DESC LIMIT \(Int64(limit))
                """
            ).map(Run.init(row:))
        }
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

extension Run {
    /// The columns that ``init(row:)`` reads, in its order.
    static let columns: SQLStatement =
        "id, stage, status, worker, version, started_at_ms, finished_at_ms, consumed, counters, error"

    init(row: SQLRow) throws {
        guard let stage = Stage(rawValue: try row.text(1)), let status = RunStatus(rawValue: try row.text(2)) else {
            throw StoreError.unexpectedColumn("a run of stage '\(try row.text(1))' with status '\(try row.text(2))'")
        }
        self.init(
            id: try row.integer(0),
            stage: stage,
            status: status,
            worker: try row.text(3),
            version: try row.text(4),
            startedAtMilliseconds: try row.integer(5),
            finishedAtMilliseconds: try row.optionalInteger(6),
            consumed: try JSONDecoder().decode([Int64].self, from: Data(try row.text(7).utf8)),
            counters: try JSONDecoder().decode([Counter: Int].self, from: Data(try row.text(8).utf8)),
            error: try row.optionalText(9)
        )
    }
}
