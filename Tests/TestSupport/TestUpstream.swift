import AsyncHTTPClient
import Logging
import NIOCore
package import NIOHTTP1
import NIOPosix
import Resilience
import Synchronization
package import Transport
package import Upstream

/// An HTTP server that answers each request as the test says, and remembers what it was asked.
package final class TestUpstream: Sendable {
    package struct Request: Sendable {
        package var method: HTTPMethod
        /// As it came over the wire.
        package var uri: String
        package var version: HTTPVersion
        package var headers: HTTPHeaders
        package var body: String
        /// From 1.
        package var number: Int
    }

    package enum Reaction: Sendable {
        case answer(Int, headers: [(String, String)] = [], body: [UInt8] = [])
        /// Does not say how much is to come.
        case chunked(headers: [(String, String)] = [], body: [UInt8])
        /// Sends less than it announced, and closes.
        case cut(Int = 200, headers: [(String, String)] = [], body: [UInt8])
        /// Closes without a word.
        case hangUp
        /// Never says anything.
        case silence
        /// The head and some of the body, and nothing after it.
        case stall(body: [UInt8])
        /// The head, and then a byte every few milliseconds, without end.
        case drip(headers: [(String, String)] = [], beginning: [UInt8] = [])

        package static func ok(_ text: String, headers: [(String, String)] = []) -> Reaction {
            .answer(200, headers: headers, body: Array(text.utf8))
        }

        package static func status(_ code: Int, _ text: String = "", headers: [(String, String)] = []) -> Reaction {
            .answer(code, headers: headers, body: Array(text.utf8))
        }
    }

    /// What the tests use of a running server.
    package struct Connection: Sendable {
        package var server: TestUpstream
        package var client: UpstreamClient
        package var clock: VirtualClock
        package var url: String
    }

    private let script: @Sendable (Request) async -> Reaction
    private let seen = Mutex<[Request]>([])
    private let accepted = Atomic(0)

    private init(script: @escaping @Sendable (Request) async -> Reaction) { self.script = script }

    package var requests: [Request] { self.seen.withLock { $0 } }
    /// How many there were.
    package var connections: Int { self.accepted.load(ordering: .relaxed) }

    fileprivate func reaction(to head: HTTPRequestHead, _ body: String) async -> Reaction {
        let request = self.seen.withLock { seen in
            let request = Request(
                method: head.method,
                uri: head.uri,
                version: head.version,
                headers: head.headers,
                body: body,
                number: seen.count + 1
            )
            seen.append(request)
            return request
        }
        return await self.script(request)
    }

    /// Runs a server on a port of its own while `body` uses a client of it.
    ///
    /// - Parameters:
    ///   - certificate: Where the server speaks TLS, which the client then trusts.
    ///   - proxies: What leads to servers.
    ///   - resolve: The addresses of hosts that answers lead to.
    package static func with<Result>(
        _ configuration: UpstreamClient.Configuration = .forTests(),
        certificate: TestCertificate? = nil,
        proxies: ProxySettings = ProxySettings(),
        resolve: @escaping @Sendable (String) async -> [HostAddress] = { _ in [] },
        script: @escaping @Sendable (Request) async -> Reaction,
        _ body: (Connection) async throws -> Result
    ) async throws -> Result {
        let server = TestUpstream(script: script)
        let group = MultiThreadedEventLoopGroup.singleton
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                server.accepted.add(1, ordering: .relaxed)
                if let certificate {
                    return certificate.secure(channel) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(Handler(server: server))
                        }
                    }
                }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(Handler(server: server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        var settings = HTTPClient.Configuration()
        configuration.apply(to: &settings)
        // A connection stays for as long as a busy machine takes to use it again.
        settings.connectionPool.idleTimeout = .hours(1)
        settings.tlsConfiguration = certificate?.trusted
        let http = HTTPClients(group: group, configuration: settings, proxies: proxies)
        let clock = VirtualClock()
        let elsewhere = JudgedClients(group: group, configuration: settings, resolve: resolve)
        let client = UpstreamClient(
            http: http,
            elsewhere: elsewhere,
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            clock: clock
        )
        let url = "\(certificate == nil ? "http" : "https")://127.0.0.1:\(channel.localAddress?.port ?? 0)"
        do {
            let result = try await body(Connection(server: server, client: client, clock: clock, url: url))
            try await elsewhere.shutdown()
            try await http.shutdown()
            try await channel.close()
            return result
        } catch {
            try? await elsewhere.shutdown()
            try? await http.shutdown()
            try? await channel.close()
            throw error
        }
    }
}

extension UpstreamClient.Configuration {
    package static func forTests(
        concurrency: Int = 4,
        timeout: Duration = .seconds(120),
        pace: BodyPace = BodyPace(),
        attempts: Int = 4,
        redirectHosts: Set<String> = [],
        maxAnswerBytes: Int = 64 << 20,
        maxAPIAnswerBytes: Int = 1 << 20
    ) -> Self {
        UpstreamClient.Configuration(
            userAgent: "Packline/test (+https://example.org/contact)",
            requestsPerSecond: 0,
            concurrency: concurrency,
            timeout: timeout,
            pace: pace,
            retry: RetryPolicy(maxAttempts: attempts),
            maxAnswerBytes: maxAnswerBytes,
            maxAPIAnswerBytes: maxAPIAnswerBytes,
            redirectHosts: redirectHosts
        )
    }
}

private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: TestUpstream
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(server: TestUpstream) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            self.body.clear()
        case .body(var buffer):
            self.body.writeBuffer(&buffer)
        case .end:
            guard let head = self.head else { return }
            let body = String(buffer: self.body)
            let server = self.server
            let channel = context.channel
            let done = context.eventLoop.makeFutureWithTask {
                await server.reaction(to: head, body)
            }
            done.whenSuccess { Self.react($0, to: head, on: channel) }
        }
    }

    private static func react(_ reaction: TestUpstream.Reaction, to request: HTTPRequestHead, on channel: any Channel) {
        switch reaction {
        case .answer(let status, let headers, let body):
            self.write(status, headers, request.method == .HEAD ? [] : body, length: body.count, to: channel)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        case .chunked(let headers, let body):
            self.write(200, headers, body, length: nil, to: channel)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        case .cut(let status, let headers, let body):
            self.write(status, headers, body, length: body.count + 1_000, to: channel)
            channel.flush()
            channel.close(promise: nil)
        case .stall(let body):
            self.write(200, [], body, length: body.count + 1_000, to: channel)
            channel.flush()
        case .drip(let headers, let beginning):
            self.write(200, headers, beginning, length: nil, to: channel)
            channel.flush()
            channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { timer in
                guard channel.isActive else { return timer.cancel() }
                let byte = ByteBuffer(string: "a")
                channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(byte)), promise: nil)
            }
        case .hangUp: channel.close(promise: nil)
        case .silence: break
        }
    }

    private static func write(
        _ status: Int,
        _ headers: [(String, String)],
        _ body: [UInt8],
        length: Int?,
        to channel: any Channel
    ) {
        var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status))
        for (name, value) in headers { head.headers.add(name: name, value: value) }
        if let length, status != 304 { head.headers.replaceOrAdd(name: "Content-Length", value: "\(length)") }
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        guard !body.isEmpty else { return }
        channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
    }
}
