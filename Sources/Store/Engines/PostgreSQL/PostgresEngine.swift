import Dispatch
import FoundationEssentials
package import Logging
import Synchronization

/// PostgreSQL through libpq: a small pool of blocking connections, each on a thread of its own.
///
/// A connection that is lost (the server was restarted) is replaced, and the transaction that it interrupted runs
/// again from its start; every transaction of the store may be repeated.
package final class PostgresEngine: SQLEngine {
    package let dialect = SQLDialect.postgres
    private let url: String
    private let workers: [Worker]
    private let guardian: EncryptionGuard
    /// Transactions that each worker runs or is to run.
    private let loads: Mutex<[Int]>

    /// How often a transaction is tried when the connection is lost, a deadlock broken or a lock not had in time.
    private static let tries = 8

    /// Of the transaction only, so that PgBouncer may hand the connection on.
    ///
    /// What is due or dirty is a few rows out of all, and statistics never know it in time: the planner takes
    /// `IS DISTINCT FROM` to hold for nearly every row and would read the whole table. Every such question has an
    /// index; a table is read as a whole only where there is none, and then without compiling the plan or starting
    /// other processes first.
    private static let planning =
        "SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0"

    /// - Parameters:
    ///   - url: A connection URI of libpq, `postgres://…`; what it leaves out comes from the `PG…` variables.
    ///   - connections: How many are opened at the most, each when it is first needed.
    ///   - logger: Is told when what goes over a connection can be read on the way.
    /// - Throws: ``StoreError/cannotOpen(database:reason:)``.
    package init(url: String, connections: Int = 4, logger: Logger? = nil) throws {
        self.url = url
        let guardian = EncryptionGuard(logger)
        self.guardian = guardian
        self.workers = (0..<max(1, connections)).map { Worker(url: url, number: $0, guardian: guardian) }
        self.loads = Mutex([Int](repeating: 0, count: self.workers.count))
    }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        try await self.transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \(Self.planning)", body)
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        let timeouts = "SET LOCAL lock_timeout = '30s'; SET LOCAL statement_timeout = '120s'"
        return try await self.transaction("BEGIN; \(timeouts); \(Self.planning)", body)
    }

    package func documents(patience: Duration) -> PostgresDocuments? {
        PostgresDocuments(url: self.url, patience: patience, guardian: self.guardian)
    }

    package func sizeInBytes() async throws -> Int64 {
        try await self.read { try $0.rows("SELECT pg_database_size(current_database()) AS bytes")[0]["bytes"] }
    }

    private func transaction<Result: Sendable>(
        _ begin: String,
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        var attempt = 1
        while true {
            do {
                return try await self.worker { try await $0.run(begin, body) }
            } catch let error as StoreError where error.isRetryable && attempt < Self.tries {
                // 0.1 s, 0.2 s … 6.4 s with jitter: long enough for a server to restart.
                let ceiling = 100 * (1 << (attempt - 1))
                try await Task.sleep(for: .milliseconds(Int.random(in: ceiling / 2...ceiling)))
                attempt += 1
            }
        }
    }

    /// Gives a transaction to the worker with the fewest of them, and of several to the first: what comes one after the
    /// other goes over one connection, because to make another takes longer than most transactions.
    private func worker<Result>(_ body: (Worker) async throws -> Result) async throws -> Result {
        let index = self.loads.withLock { loads in
            let index = loads.indices.min { loads[$0] < loads[$1] } ?? 0
            loads[index] += 1
            return index
        }
        defer { self.loads.withLock { $0[index] -= 1 } }
        return try await body(self.workers[index])
    }
}

/// One connection and the thread that it blocks.
private final class Worker: Sendable {
    private let url: String
    private let queue: DispatchQueue
    // Only touched on the queue.
    private nonisolated(unsafe) var connection: PostgresConnection?
    private nonisolated(unsafe) var hasConnected = false
    private let guardian: EncryptionGuard

    init(url: String, number: Int, guardian: EncryptionGuard) {
        self.url = url
        self.guardian = guardian
        self.queue = DispatchQueue(label: "postgres-\(number)")
    }

    func run<Result: Sendable>(
        _ begin: String,
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            self.queue.async {
                continuation.resume(with: Swift.Result { try self.transaction(begin, body) })
            }
        }
    }

    /// A server that was there before, is starting or is full is waited for; any other refusal is an error at once.
    private func connect() throws -> PostgresConnection {
        do {
            let connection = try PostgresConnection(url: self.url)
            self.hasConnected = true
            self.guardian.look(at: connection)
            return connection
        } catch StoreError.cannotOpen(_, let reason)
            where self.hasConnected || PostgresRefusal(rawValue: reason)?.passes == true
        {
            throw StoreError.retryable(reason: reason)
        }
    }

    private func transaction<Result>(_ begin: String, _ body: (any SQLSession) throws -> Result) throws -> Result {
        let connection = try self.connection ?? self.connect()
        self.connection = connection
        do {
            try connection.command(begin)
            let result = try body(connection)
            try connection.command("COMMIT")
            return result
        } catch {
            // A connection that can't roll back is of no more use.
            do { try connection.command("ROLLBACK") } catch { self.connection = nil }
            if !connection.isAlive { self.connection = nil }
            throw error
        }
    }
}

/// Says once that connections are not encrypted.
final class EncryptionGuard: Sendable {
    private let logger: Logger?
    private let hasSaid = Atomic(false)

    init(_ logger: Logger?) { self.logger = logger }

    func look(at connection: PostgresConnection) {
        guard let logger, connection.isUnprotected, !self.hasSaid.exchange(true, ordering: .relaxed) else { return }
        logger.warning(
            """
            the connection to PostgreSQL is not encrypted: set sslmode=verify-full in PACKLINE_DATABASE_URL, or \
            sslmode=disable where that is meant
            """
        )
    }
}
