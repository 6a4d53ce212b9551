import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

extension Sandbox {
    /// Starts listening, runs `body`, and stops afterwards.
    ///
    /// - Parameters:
    ///   - port: 0 takes any free port.
    ///   - websites: Further listeners that serve a bucket's objects at their root, as a website or CDN in front of a
    ///     bucket does: bucket and port.
    /// - Throws: ``SandboxError/notListening(_:)`` when the port is taken, and what `body` throws.
    package func withRunningServer<R: Sendable>(
        host: String = "127.0.0.1",
        port: Int = 0,
        websites: [(bucket: String, port: Int)] = [],
        _ body: (SandboxAddress) async throws -> R
    ) async throws -> R {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let main = try await self.start(host: host, port: port, website: nil, in: &group)
            let base = self.settings.publicURL ?? "http://\(host == "0.0.0.0" ? "127.0.0.1" : host):\(main.port)"
            self.baseURL = base
            var servers = [main.server]
            var websitePorts: [String: Int] = [:]
            for (bucket, port) in websites {
                let website = try await self.start(host: host, port: port, website: bucket, in: &group)
                servers.append(website.server)
                websitePorts[bucket] = website.port
                self.logger.notice("website is up", metadata: ["bucket": "\(bucket)", "port": "\(website.port)"])
            }
            let result: Result<R, any Error>
            do {
                result = .success(
                    try await body(SandboxAddress(port: main.port, baseURL: base, websitePorts: websitePorts))
                )
            } catch {
                result = .failure(error)
            }
            // Not by cancelling: SwiftNIO ends the process when a connection was just accepted (swift-nio issue 2637).
            for server in servers { await server.triggerGracefulShutdown() }
            // A server that had to be cut off may throw as it ends; the body's result stands.
            while await group.nextResult() != nil {}
            return try result.get()
        }
    }

    /// Listens until cancelled.
    ///
    /// `announce` is called once the port is open.
    package func run(
        host: String = "127.0.0.1",
        port: Int,
        websites: [(bucket: String, port: Int)] = [],
        announce: (SandboxAddress) throws -> Void = { _ in }
    ) async throws {
        try await self.withRunningServer(host: host, port: port, websites: websites) { address in
            try announce(address)
            let (never, continuation) = AsyncStream<Void>.makeStream()
            for await _ in never {}
            continuation.finish()
        }
    }

    /// Starts one listener as a child of the group and returns its port, and what stops it.
    private func start(
        host: String,
        port: Int,
        website: String?,
        in group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws -> (port: Int, server: ServiceGroup) {
        let (started, continuation) = AsyncThrowingStream<Int, any Error>.makeStream()
        let responder = SandboxResponder(
            sandbox: self,
            classifier: RequestClassifier(settings: self.settings, website: website, composer: self.composer)
        )
        // What this server logs beside its start is how connections end when it is told to stop.
        var serverLogger = self.logger
        serverLogger.logLevel = max(serverLogger.logLevel, .critical)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let application = Application(
            responder: responder,
            server: .http1(configuration: .init(additionalChannelHandlers: [OffersIgnored()])),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in continuation.yield(channel.localAddress?.port ?? port) },
            eventLoopGroupProvider: .shared(loop),
            logger: serverLogger
        )
        var configuration = ServiceGroupConfiguration(services: [application], logger: serverLogger)
        // Answers that a test holds back are not waited for.
        configuration.maximumGracefulShutdownDuration = .milliseconds(200)
        let server = ServiceGroup(configuration: configuration)
        group.addTask(executorPreference: EventLoopExecutor(loop)) {
            do {
                try await server.run()
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        do {
            for try await port in started { return (port, server) }
        } catch {
            throw SandboxError.notListening("\(host):\(port): \(error); choose another port")
        }
        throw SandboxError.notListening("\(host):\(port): the server ended at once")
    }
}
