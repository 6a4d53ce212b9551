import Composer
import Dispatch
import Synchronization

/// Asks a PostgreSQL database for documents on the thread that wants to know, over a connection of its own.
///
/// To hand a small question to another thread, and its answer back, takes longer than the database does. So this waits,
/// but for a moment only: a database that is far away, or slow just now, is left to ``PostgresDocuments``, and not asked here
/// for a while.
package final class PostgresDocumentReader: Sendable {
    private enum Condition {
        /// There is no connection, and none is made before that.
        case away(until: ContinuousClock.Instant)
        case opening
        case ready
        /// The answer to a question is overdue, and not looked for before that.
        case late(until: ContinuousClock.Instant)
    }

    private struct State {
        var condition = Condition.away(until: .now)
        /// Which one gave the last answer.
        var process: String?
        /// After the next answer that is late.
        var rest = PostgresDocumentReader.shortestRest
    }

    /// What a database says.
    package struct Answer {
        /// nil where it can't be told.
        package let state: PostgresState?
        /// Those that there are.
        package let documents: [String: KnownDocument]
    }

    /// A database in the same network answers within it, if it is not very busy.
    package static let usualPatience = Duration.milliseconds(5)
    /// After an answer that was late; twice as long after each further one.
    private static let shortestRest = Duration.milliseconds(10)
    private static let longestRest = Duration.seconds(1)

    private let url: String
    private let patience: Duration
    private let guardian: EncryptionGuard
    private let age: PostgresAge
    private let state = Mutex(State())
    // Only touched with the state.
    private nonisolated(unsafe) var connection: PostgresConnection?

    init(url: String, patience: Duration, guardian: EncryptionGuard, age: PostgresAge) {
        self.url = url
        self.patience = patience
        self.guardian = guardian
        self.age = age
    }

    /// Waits for no longer than the patience, and begins to make a connection where there is none.
    ///
    /// - Parameter keys: May be none, to know the state.
    /// - Returns: nil where the database did not say.
    package func documents(at keys: [String]) -> Answer? {
        self.state.withLock { state in
            switch state.condition {
            case .ready: break
            case .opening: return nil
            case .away(let end):
                guard end <= .now else { return nil }
                state.condition = .opening
                DispatchQueue.global().async { self.open() }
                return nil
            case .late(let end): if end > .now { return nil }
            }
            do {
                return try self.ask(keys, &state)
            } catch {
                // The usual way says what is wrong.
                self.leave(&state)
                return nil
            }
        }
    }

    private func ask(_ keys: [String], _ state: inout State) throws -> Answer? {
        guard let connection = self.connection else { return nil }
        if case .late = state.condition {
            guard try connection.dropOverdue() else { return self.wait(&state) }
            state.condition = .ready
        }
        let age = self.age.present
        let found = try connection.rows(
            keys.isEmpty
                ? "SELECT \(PostgresState.expression) AS state, pg_backend_pid()::text AS process"
                : """
                SELECT \(PostgresState.column), pg_backend_pid()::text AS process, key, content_hash AS hash,
                    \(Store.lastModified) AS modified
                FROM objects WHERE key \(anyOf: keys) AND content_hash IS NOT NULL
                """,
            within: self.patience
        )
        guard let rows = found else { return self.wait(&state) }
        state.rest = Self.shortestRest
        var documents: [String: KnownDocument] = [:]
        if !keys.isEmpty { for row in rows { documents[try row["key"]] = try KnownDocument(row: row) } }
        return Answer(
            state: try rows.first.flatMap { try self.present($0, age, &state) },
            documents: documents
        )
    }

    /// - Parameter age: When it was asked.
    private func present(_ row: SQLRow, _ age: PostgresState.Age, _ state: inout State) throws -> PostgresState? {
        let process: String = try row["process"]
        guard state.process == process else {
            // What was read before this process answered is not known to be of its time.
            self.age.end()
            state.process = process
            return nil
        }
        return try PostgresState(row: row, age: age)
    }

    private func wait(_ state: inout State) -> Answer? {
        state.condition = .late(until: .now + state.rest)
        state.rest = min(state.rest * 2, Self.longestRest)
        return nil
    }

    private func leave(_ state: inout State) {
        self.connection = nil
        state.process = nil
        state.condition = .away(until: .now + PostgresDocuments.rest)
    }

    private func open() {
        do {
            let connection = try PostgresConnection(url: self.url, settings: PostgresConnection.watchful)
            self.guardian.look(at: connection)
            self.state.withLock { state in
                self.connection = connection
                state.condition = .ready
            }
        } catch {
            self.state.withLock { self.leave(&$0) }
        }
    }
}
