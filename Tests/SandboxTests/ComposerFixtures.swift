import Foundation
import Sandbox
import Testing

extension TestClient {
    /// The members of a JSON object.
    func object(_ path: String, headers: [String: String] = [:]) async throws -> [String: any Sendable] {
        let answer = try await self.get(path, headers: headers)
        try #require(answer.status == 200, "\(path)")
        return try Self.object(answer.body)
    }

    static func object(_ bytes: [UInt8]) throws -> [String: any Sendable] {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: any Sendable])
    }
}

/// One answer of the change feed.
struct FeedAnswer: Decodable {
    struct Action: Decodable, Equatable {
        var type: String
        var package: String
        var time: Int64
    }

    var actions: [Action]
    var timestamp: Int64

    static func get(_ client: TestClient, since: Int64) async throws -> FeedAnswer {
        let answer = try await client.get("/packagist/metadata/changes.json?since=\(since)")
        try #require(answer.status == 200)
        return try JSONDecoder().decode(FeedAnswer.self, from: Data(answer.body))
    }
}

/// Runs a sandbox with one repository at `/packagist/`, of twenty packages.
func withPackagist<R: Sendable>(
    _ world: ComposerWorld = ComposerWorld(packages: 20),
    enforcesEtiquette: Bool = false,
    _ body: (TestClient, Sandbox, ComposerMount) async throws -> R
) async throws -> R {
    let mount = try ComposerMount("packagist", .packagist, world, enforcesEtiquette: enforcesEtiquette)
    return try await withSandbox(SandboxWorld(), composer: [mount]) { try await body($0, $1, mount) }
}
