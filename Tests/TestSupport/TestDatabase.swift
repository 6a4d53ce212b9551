import Foundation
import Logging
import Resilience
package import Store

/// A real, empty, migrated database for one test, removed after it.
package enum TestDatabase: String, CaseIterable, Sendable {
    case sqlite
    case postgres

    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Tests with databases that run at once: with all of them a server has no connection left, and whatever waits for a
    /// time that is long enough elsewhere waits for the processor.
    private static let limiter = ConcurrencyLimiter(limit: 16)
    @TaskLocal private static var hasTurn = false

    /// Runs what a test does with databases when it is its turn; within it whatever it opens is at once.
    package static func inTurn<Result>(_ body: () async throws -> Result) async throws -> Result {
        if self.hasTurn { return try await body() }
        return try await self.limiter.withSlot { try await self.$hasTurn.withValue(true) { try await body() } }
    }

    /// Opens `connections` stores on one new database, as that many processes would.
    package func with<Result>(
        connections: Int = 1,
        _ body: ([Store]) async throws -> Result
    ) async throws -> Result {
        try await self.withEmpty { url in
            var stores: [Store] = []
            for _ in 0..<connections { stores.append(try await Store.open(url: url, logger: Self.logger)) }
            return try await body(stores)
        }
    }

    /// The URL of a new database, in which nothing is yet.
    ///
    /// PostgreSQL's server is the one that `PACKLINE_TEST_POSTGRES` names by a URL; `make test` starts one.
    package func withEmpty<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        try await Self.inTurn { try await self.withNew(body) }
    }

    private func withNew<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        switch self {
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appendingPathComponent("test.sqlite").path
            // A database of SQLite's in which nothing is.
            try Data().write(to: URL(fileURLWithPath: file))
            return try await body("sqlite:\(file)")
        case .postgres:
            guard let server = ProcessInfo.processInfo.environment["PACKLINE_TEST_POSTGRES"] else {
                throw NoServer()
            }
            // A role of its own, whose search path finds the schema of its name: nothing is asked of the session, so that
            // the same tests run through PgBouncer.
            let administrator = try PostgresEngine(url: server, connections: 1)
            let name = "t\(UUID().uuidString.lowercased().replacing("-", with: ""))"
            try await Self.run(
                ["CREATE ROLE \(name) LOGIN PASSWORD 'packline'", "CREATE SCHEMA \(name) AUTHORIZATION \(name)"],
                administrator
            )
            let result: Swift.Result<Result, any Error>
            do {
                let url = server.replacing("//postgres@", with: "//\(name):packline@", maxReplacements: 1)
                result = .success(try await body(url))
            } catch {
                result = .failure(error)
            }
            try await Self.run(["DROP SCHEMA \(name) CASCADE", "DROP ROLE \(name)"], administrator)
            return try result.get()
        }
    }

    private static func run(_ statements: [String], _ engine: PostgresEngine) async throws {
        for statement in statements {
            _ = try await engine.write { try $0.execute(SQLStatement(unsafe: statement)) }
        }
    }

    private struct NoServer: Error, CustomStringConvertible {
        var description: String {
            "PACKLINE_TEST_POSTGRES names no server: run make test, or start one with scripts/start-postgres.sh"
        }
    }
}
