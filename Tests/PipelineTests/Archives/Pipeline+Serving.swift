import Command
import Pipeline
import Resilience
import Site
import Store

extension Pipeline {
    /// Some processes of `serve` that fetch archives.
    func serving(
        _ count: Int = 1,
        _ change: (inout Site.Configuration) -> Void = { _ in },
        _ body: ([PlainHTTP]) async throws -> Void
    ) async throws {
        let quick = RetryPolicy(maxAttempts: 2, base: .milliseconds(5), cap: .milliseconds(5))
        try await Connections.with(self.settings, concurrency: 8, logger: Self.logger) { connections in
            try await self.serve(count, connections, quick, change, [], body)
        }
    }

    private func serve(
        _ count: Int,
        _ connections: Connections,
        _ retry: RetryPolicy,
        _ change: (inout Site.Configuration) -> Void,
        _ begun: [PlainHTTP],
        _ body: ([PlainHTTP]) async throws -> Void
    ) async throws {
        guard begun.count < count else { return try await body(begun) }
        var configuration = Site.Configuration()
        let archives = try ServedArchives.archives(
            self.store,
            self.settings,
            connections,
            retry: retry,
            Self.logger
        )
        configuration.archives = archives
        change(&configuration)
        do {
            // Not sendable: what runs is stopped before this returns.
            try await RunningSite.with(self.store, configuration: configuration) { port in
                try await self.serve(count, connections, retry, change, begun + [PlainHTTP(port: port)], body)
            }
        } catch {
            await archives?.stop()
            throw error
        }
        await archives?.stop()
    }
}
