import Dispatch
package import Store
import Synchronization

/// A database that tells of each transaction that writes, and of each statement, before it is run; one that throws then
/// is as a process has it that is killed there.
package struct WatchedEngine: SQLEngine {
    package struct Died: Error {}

    let engine: any SQLEngine
    let onWrite: @Sendable () async throws -> Void
    let onStatement: @Sendable (SQLStatement) throws -> Void

    package init(
        _ engine: any SQLEngine,
        onWrite: @escaping @Sendable () async throws -> Void = {},
        onStatement: @escaping @Sendable (SQLStatement) throws -> Void = { _ in }
    ) {
        (self.engine, self.onWrite, self.onStatement) = (engine, onWrite, onStatement)
    }

    /// Dies before the transaction, or the statement of one, that comes after so many.
    package static func dying(_ engine: any SQLEngine, afterWrites writes: Int = .max, statements: Int = .max) -> Self {
        let (writesLeft, statementsLeft) = (Countdown(writes), Countdown(statements))
        return Self(engine, onWrite: { try writesLeft.step() }, onStatement: { _ in try statementsLeft.step() })
    }

    /// Lets something else happen just before one of the transactions that write; the first is 1.
    package static func interrupted(
        _ engine: any SQLEngine,
        beforeWrite number: Int,
        _ body: @escaping @Sendable () async throws -> Void
    ) -> Self {
        let writes = Mutex(0)
        return Self(
            engine,
            onWrite: {
                let write = writes.withLock { count in
                    count += 1
                    return count
                }
                if write == number { try await body() }
            }
        )
    }

    /// Lets something else happen in the middle of a transaction: just before the first statement with such a text, over another
    /// connection.
    package static func interrupted(
        _ engine: any SQLEngine,
        beforeStatement text: String,
        _ body: @escaping @Sendable () async -> Void
    ) -> Self {
        let hasHappened = Mutex(false)
        return Self(
            engine,
            onStatement: { statement in
                guard statement.rendered(for: engine.dialect).text.contains(text) else { return }
                let isFirst = hasHappened.withLock { hasHappened in
                    defer { hasHappened = true }
                    return !hasHappened
                }
                guard isFirst else { return }
                let done = DispatchSemaphore(value: 0)
                Task.detached {
                    await body()
                    done.signal()
                }
                done.wait()
            }
        )
    }

    package var dialect: SQLDialect { self.engine.dialect }

    package func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        try await self.engine.read { try body(Session(session: $0, onStatement: self.onStatement)) }
    }

    package func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        try await self.onWrite()
        return try await self.engine.write { try body(Session(session: $0, onStatement: self.onStatement)) }
    }

    package func sizeInBytes() async throws -> Int64 { try await self.engine.sizeInBytes() }

    private final class Countdown: Sendable {
        private let left: Mutex<Int>

        init(_ count: Int) { self.left = Mutex(count) }

        func step() throws {
            let isOver = self.left.withLock { left in
                left -= 1
                return left < 0
            }
            if isOver { throw Died() }
        }
    }

    private struct Session: SQLSession {
        let session: any SQLSession
        let onStatement: (SQLStatement) throws -> Void

        var dialect: SQLDialect { self.session.dialect }

        func rows(_ statement: SQLStatement) throws -> [SQLRow] {
            try self.onStatement(statement)
            return try self.session.rows(statement)
        }

        func execute(_ statement: SQLStatement) throws -> Int {
            try self.onStatement(statement)
            return try self.session.execute(statement)
        }

        func execute(_ statement: SQLStatement, each rows: [[SQLValue]]) throws -> [Int] {
            try self.onStatement(statement)
            return try self.session.execute(statement, each: rows)
        }
    }
}
