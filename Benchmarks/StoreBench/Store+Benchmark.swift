import Composer
import Facts
import Store

extension Store {
    private static let source = SourceName("wordpress-plugins")

    /// Packages whose next look lies within the next day, and two documents of each that are live; all in one state.
    func fillForBenchmark(packages: Int64) async throws {
        let blob = Blob(of: Array("{}".utf8))
        _ = try await self.engine.write { session in
            try session.execute("INSERT INTO sources (name, cursor) VALUES (\(Self.source), 1)")
            try session.execute(
                """
                INSERT INTO blobs (hash, encoding, size, bytes)
                VALUES (\(blob.hash.bytes), \(blob.encoding.rawValue), \(Int64(blob.size)), \(blob.bytes))
                """
            )
            try session.execute(
                """
                INSERT INTO packages (id, source, key, state, payload_hash, format, due_at_ms)
                WITH RECURSIVE numbers (n) AS (
                    SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < \(packages)
                )
                SELECT n, \(Self.source), 'package-' || n, 'active', \(blob.hash.bytes), 1,
                    \(.now) + 3600000 + (n * 7919) % 82800000
                FROM numbers
                """
            )
            for suffix in ["", "~dev"] {
                try session.execute(
                    """
                    INSERT INTO objects (key, package_id, kind, content_hash, deployed_hash, content_changed_at_ms)
                    SELECT 'p2/wp-plugin/' || key || \(suffix) || '.json', id, 'document', \(blob.hash.bytes),
                        \(blob.hash.bytes), 0
                    FROM packages
                    """
                )
            }
            try session.execute("ANALYZE")
        }
    }

    /// Exactly `rows` packages due and documents dirty, spread over the tables; nothing leased.
    func makeWorkForBenchmark(rows: Int64) async throws {
        _ = try await self.engine.write { session in
            try session.execute("DELETE FROM package_leases")
            try session.execute("DELETE FROM object_leases")
            try session.execute(
                "UPDATE packages SET due_at_ms = \(.now) + 3600000 WHERE due_at_ms <= \(.now)"
            )
            try session.execute(
                """
                UPDATE objects SET deployed_hash = content_hash
                WHERE content_hash IS DISTINCT FROM deployed_hash
                """
            )
            guard rows > 0 else { return }
            let count: Int64 = try session.rows("SELECT max(id) AS id FROM packages")[0]["id"]
            let ids = (0..<rows).map { 1 + $0 * (count / rows) }
            try session.execute("UPDATE packages SET due_at_ms = 0 WHERE id \(anyOf: ids)")
            try session.execute(
                """
                UPDATE objects SET deployed_hash = NULL
                WHERE key \(anyOf: ids.map { "p2/wp-plugin/package-\($0).json" })
                """
            )
        }
    }

    /// Milliseconds that each question of a run takes, the median of some.
    func timeQuestions(rows: Int64, repetitions: Int) async throws -> [String: Double] {
        let run = try await self.beginRun(.update, worker: "bench", version: "bench")
        let lease: Int64 = 600_000
        var times: [String: [Double]] = [:]
        func time(_ name: String, _ question: () async throws -> Int) async throws {
            let start = ContinuousClock.now
            let found = try await question()
            times[name, default: []].append(start.duration(to: .now) / .milliseconds(1))
            guard found == Int(rows) else {
                throw StoreError.unexpectedColumn("\(name) found \(found) of \(rows) rows")
            }
        }
        for _ in 0..<repetitions {
            try await time("count due") { try await self.dueCount(source: Self.source) }
            try await time("count dirty") { try await self.dirtyCount().uploads }
            try await time("claim due") {
                try await self.claimDue(source: Self.source, limit: 100, run: run, leaseMilliseconds: lease).count
            }
            try await time("claim dirty") {
                try await self.claimDirty(kind: .document, limit: 100, run: run, leaseMilliseconds: lease).count
            }
            try await time("renew leases") {
                try await self.renewLeases(run: run, leaseMilliseconds: lease)
                return Int(rows)
            }
            try await time("return leases") {
                try await self.returnPackages(run: run)
                try await self.returnDocuments(run: run)
                return Int(rows)
            }
        }
        try await self.finishRun(run, as: .succeeded, counters: [:])
        return times.mapValues { $0.sorted()[$0.count / 2] }
    }

    /// Claims batches of 100 until nothing is due, and settles each as a look that found nothing new would.
    func claimEverything() async throws -> [Int64] {
        let run = try await self.beginRun(.update, worker: "bench", version: "bench")
        var claimed: [Int64] = []
        while true {
            let batch = try await self.claimDue(source: Self.source, limit: 100, run: run, leaseMilliseconds: 600_000)
            if batch.isEmpty { return claimed }
            claimed += batch.map(\.id)
            _ = try await self.engine.write { session in
                let held = try Self.endLeases(of: batch, session)
                return try session.execute(
                    "UPDATE packages SET due_at_ms = \(.now) + 86400000 WHERE id \(anyOf: Array(held))"
                )
            }
        }
    }
}
