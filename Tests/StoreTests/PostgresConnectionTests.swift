import Foundation
import Store
import TestSupport
import Testing

/// How many connections a store makes to PostgreSQL.
@Suite struct PostgresConnectionTests {
    @Test func `transactions one after another go over one connection`() async throws {
        try await TestDatabase.postgres.with { stores in
            let engine = stores[0].engine
            for number in 0..<10 {
                try await stores[0].setSetting("test", to: "\(number)")
                #expect(try await stores[0].setting("test") == "\(number)")
            }
            let connections: Int64 = try await engine.read { session in
                let row = try session.rows(
                    "SELECT count(*) AS number FROM pg_stat_activity WHERE usename = current_user"
                )[0]
                return try row["number"]
            }
            #expect(connections == 1)
        }
    }

    @Test func `as many as there are connections go on at once`() async throws {
        try await TestDatabase.postgres.with { stores in
            let (engine, meeting) = (stores[0].engine, Meeting(of: 4))
            for _ in 0..<2 {
                try await withThrowingTaskGroup { group in
                    for _ in 0..<4 {
                        group.addTask {
                            try await engine.read { session in
                                _ = try session.rows("SELECT 1 AS one")
                                return meeting.waitsForAll()
                            }
                        }
                    }
                    for try await haveMet in group { #expect(haveMet) }
                }
            }
        }
    }
}

/// Threads that wait for one another, again and again.
private final class Meeting: Sendable {
    private let size: Int
    private let condition = NSCondition()
    /// Only touched with the lock of the condition.
    private nonisolated(unsafe) var arrived = 0

    init(of size: Int) { self.size = size }

    /// - Returns: Whether all have come.
    func waitsForAll() -> Bool {
        self.condition.withLock {
            self.arrived += 1
            self.condition.broadcast()
            let expected = (self.arrived + self.size - 1) / self.size * self.size
            let end = Date(timeIntervalSinceNow: 120)
            while self.arrived < expected { if !self.condition.wait(until: end) { return false } }
            return true
        }
    }
}
