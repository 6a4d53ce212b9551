import Sandbox

/// A repository whose archives are on GitHub, and one of its packages.
struct GitHubShop: Sendable {
    var client: TestClient
    var sandbox: Sandbox
    var name: String
    var reference: String

    var api: String { "/github/repos/\(self.name)/zipball/\(self.reference)" }
    var codeload: String { "/codeload/\(self.name)/legacy.zip/\(self.reference)" }
    var base: String { "http://127.0.0.1:\(self.client.port)" }
    /// Codeload is another host.
    var elsewhere: String { "http://localhost:\(self.client.port)" }

    static let token = ["Authorization": "Bearer sandbox-token"]

    static func with(_ body: (GitHubShop) async throws -> Void) async throws {
        let mount = try ComposerMount("shop", .packagist, ComposerWorld(packages: 20), isOnGitHub: true)
        try await withSandbox(SandboxWorld(), composer: [mount]) { client, sandbox in
            let reference = try mount.firstReference()
            try await body(
                GitHubShop(client: client, sandbox: sandbox, name: mount.world.name(0), reference: reference)
            )
        }
    }
}
