import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Site
import Store

/// `serve`'s server on a free port, in this process.
enum RunningSite {
    /// Runs it for `body`, which is given its port; then stops it as SIGTERM would.
    ///
    /// - Parameter onStopping: Called when it was told to stop.
    static func with<Result: Sendable>(
        _ store: Store,
        configuration: Site.Configuration = Site.Configuration(),
        downloads: DownloadCounter? = nil,
        onStopping: () -> Void = {},
        _ body: (Int) async throws -> Result
    ) async throws -> Result {
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Site.application(
            store: store,
            configuration: configuration,
            downloads: downloads,
            address: .hostname("127.0.0.1", port: 0),
            logger: Pipeline.logger,
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) }
        )
        let group = ServiceGroup(configuration: .init(services: [application], logger: Pipeline.logger))
        async let running: Void = group.run()
        var iterator = ports.makeAsyncIterator()
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(await iterator.next() ?? 0)) } catch { result = .failure(error) }
        await group.triggerGracefulShutdown()
        onStopping()
        try await running
        return try result.get()
    }
}
