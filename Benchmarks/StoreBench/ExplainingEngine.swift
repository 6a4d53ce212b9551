import Store
import Synchronization

/// Asks the database for its plan of each statement before running it.
final class ExplainingEngine: SQLEngine {
    private let engine: any SQLEngine
    private let seen = Mutex<[String]>([])

    init(_ engine: any SQLEngine) { self.engine = engine }

    var dialect: SQLDialect { self.engine.dialect }

    /// Each plan under its statement, in the order of the first use.
    var plans: [String] { self.seen.withLock { $0 } }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        try await self.engine.read { session in try body(Session(session: session, engine: self)) }
    }

    func write<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Result
    ) async throws -> Result {
        try await self.engine.write { session in try body(Session(session: session, engine: self)) }
    }

    func sizeInBytes() async throws -> Int64 { try await self.engine.sizeInBytes() }

    private struct Session: SQLSession {
        let session: any SQLSession
        let engine: ExplainingEngine

        var dialect: SQLDialect { self.session.dialect }

        func rows(_ statement: SQLStatement) throws -> [SQLRow] {
            try self.explain(statement)
            return try self.session.rows(statement)
        }

        func execute(_ statement: SQLStatement) throws -> Int {
            try self.explain(statement)
            return try self.session.execute(statement)
        }

        func execute(_ statement: SQLStatement, each rows: [[SQLValue]]) throws -> [Int] {
            try self.session.execute(statement, each: rows)
        }

        private func explain(_ statement: SQLStatement) throws {
            let words: SQLStatement = self.dialect == .sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN (COSTS OFF) "
            let lines = try self.session.rows("\(words)\(statement)").map { row in
                let line: String = try row[self.dialect == .sqlite ? "detail" : "QUERY PLAN"]
                return "    " + line
            }
            let text = statement.rendered(for: self.dialect).text + "\n" + lines.joined(separator: "\n")
            self.engine.seen.withLock { seen in
                if !seen.contains(text) { seen.append(text) }
            }
        }
    }
}
