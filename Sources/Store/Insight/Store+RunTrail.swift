package import Facts

/// What a run failed at, and which runs belong to it.
extension Store {
    /// Packages that `update` run `id` was the last to ask about, and failed at, the one that is tried next first.
    package func failedPackages(of id: RunID, limit: Int) async throws -> [Failure] {
        try await self.engine.read { session in
            try Self.failures(
                """
                SELECT coalesce(name, source || '/' || key) AS name, attempts, coalesce(last_error, '') AS error, due_at_ms
                FROM packages WHERE updated_run = \(id) AND attempts > 0 ORDER BY due_at_ms LIMIT \(Int64(limit))
                """,
                session
            )
        }
    }

    /// Documents that `sync` run `id` was the last to fail at, the one that is tried next first.
    package func failedObjects(of id: RunID, limit: Int) async throws -> [Failure] {
        try await self.engine.read { session in
            try Self.failures(
                """
                SELECT key AS name, attempts, coalesce(last_error, '') AS error, due_at_ms FROM objects
                WHERE failed_run = \(id) AND attempts > 0 ORDER BY due_at_ms LIMIT \(Int64(limit))
                """,
                session
            )
        }
    }

    /// How many runs before and after one are looked at for others of its round: workers of other rounds come between.
    private static let runsAround: Int64 = 30

    /// The runs of one round, in the order of the stages: those that the same process ran before and after this one, such
    /// as `packline run` does, and, where it ran none, the runs whose output it took and the first that took its output.
    package func round(of run: Run) async throws -> [Run] {
        let id = run.id.rawValue
        let around = try await self.engine.read { session in
            try Self.runs(
                """
                worker = \(run.worker) AND id BETWEEN \(id - Self.runsAround) AND \(id + Self.runsAround) ORDER BY id
                """,
                session
            )
        }
        func place(_ run: Run) -> Int { Stage.allCases.firstIndex(of: run.stage) ?? 0 }
        guard let index = around.firstIndex(where: { $0.id == run.id }) else { return [run] }
        var round = [run]
        // Stages follow each other in a round; one that does not belongs to the round before or after.
        for other in around[..<index].reversed() {
            guard place(other) < place(round[0]) else { break }
            round.insert(other, at: 0)
        }
        for other in around[(index + 1)...] {
            guard place(other) > place(round[round.count - 1]) else { break }
            round.append(other)
        }
        if round.count > 1 { return round }
        return try await self.chain(of: run)
    }

    /// A run with the last one before it whose output it took, and so on, and the first one that took its output.
    private func chain(of run: Run) async throws -> [Run] {
        var chain = [run]
        while let before = chain[0].consumed.filter({ $0 < chain[0].id }).max(), chain.count < Stage.allCases.count {
            guard let known = try await self.run(before) else { break }
            chain.insert(known, at: 0)
        }
        while let last = chain.last, let stage = last.stage.next, chain.count < Stage.allCases.count {
            guard let taker = try await self.consumers(of: last.id, stage: stage, limit: 1).first else { break }
            chain.append(taker)
        }
        return chain
    }

    private static func failures(_ text: SQLStatement, _ session: any SQLSession) throws -> [Failure] {
        try session.rows(text).map(Failure.init(row:))
    }
}

extension Stage {
    /// The one that takes its output.
    package var next: Stage? {
        switch self {
        case .discover: .update
        case .update: .sync
        case .sync: nil
        }
    }
}
