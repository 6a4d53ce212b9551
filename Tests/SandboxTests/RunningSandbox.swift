import Sandbox

/// Runs a sandbox on a free port for the length of a test.
func withSandbox<R: Sendable>(
    _ world: SandboxWorld,
    composer: [ComposerMount] = [],
    settings: SandboxSettings = .init(),
    _ body: (TestClient, Sandbox) async throws -> R
) async throws -> R {
    let sandbox = Sandbox(world: world, composer: composer, settings: settings)
    return try await sandbox.withRunningServer { address in
        try await body(TestClient(port: address.port), sandbox)
    }
}
