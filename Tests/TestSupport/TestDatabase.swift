import Foundation
import Logging
package import Store
import Testing

/// A real, empty, migrated database for one test, removed after it.
package enum TestDatabase: String, CaseIterable, CustomTestStringConvertible, Sendable {
    case sqlite
    case postgres

    package var testDescription: String { self.rawValue }

    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// Opens `connections` stores on one new database, as that many processes would.
    ///
    /// PostgreSQL's server is the one that `PACKLINE_TEST_POSTGRES` names by a URL; `make test` starts one.
    package func with<Result>(
        connections: Int = 1,
        _ body: ([Store]) async throws -> Result
    ) async throws -> Result {
        switch self {
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let url = "sqlite:\(folder.appendingPathComponent("test.sqlite").path)"
            return try await body(try await Self.open(url, connections))
        case .postgres:
            guard let server = ProcessInfo.processInfo.environment["PACKLINE_TEST_POSTGRES"] else {
                throw NoServer()
            }
            let administrator = try PostgresEngine(url: server, connections: 1)
            let schema = "t\(UUID().uuidString.lowercased().replacing("-", with: ""))"
            let create = SQLStatement(stringLiteral: "CREATE SCHEMA \(schema)")
            let drop = SQLStatement(stringLiteral: "DROP SCHEMA \(schema) CASCADE")
            _ = try await administrator.write { try $0.execute(create) }
            let result: Swift.Result<Result, any Error>
            do {
                let url = server + (server.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(schema)"
                result = .success(try await body(try await Self.open(url, connections)))
            } catch {
                result = .failure(error)
            }
            _ = try await administrator.write { try $0.execute(drop) }
            return try result.get()
        }
    }

    private static func open(_ url: String, _ connections: Int) async throws -> [Store] {
        var stores: [Store] = []
        for _ in 0..<connections { stores.append(try await Store.open(url: url, logger: Self.logger)) }
        return stores
    }

    private struct NoServer: Error, CustomStringConvertible {
        var description: String {
            "PACKLINE_TEST_POSTGRES names no server: run make test, or start one with scripts/start-postgres.sh"
        }
    }
}
