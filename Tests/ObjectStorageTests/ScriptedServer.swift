import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ObjectStorage
import Resilience
import Synchronization
import Transport

/// An HTTP server that does to each request what the test says, and remembers what it got.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        var method: HTTPMethod
        /// As it came over the wire.
        var uri: String
        var headers: HTTPHeaders
        var body: [UInt8]
    }

    enum Reaction: Sendable {
        case answer(Int, headers: [String: String] = [:], body: String = "")
        /// Closes the connection without a word.
        case hangUp
        /// Announces `length` bytes, sends fewer and closes.
        case cut(Int, headers: [String: String] = [:], body: String, length: Int)
        /// Never says anything.
        case silence
        /// The head of an answer, and nothing after it.
        case silenceAfterHead(Int, headers: [String: String] = [:])
        /// The head of an answer, and then a byte every few milliseconds, without end.
        case drip(Int, headers: [String: String] = [:])
    }

    private let script: @Sendable (Request, Int) -> Reaction
    private let seen = Mutex<[Request]>([])

    /// - Parameter script: Gets the request and its number, from 1.
    private init(script: @escaping @Sendable (Request, Int) -> Reaction) { self.script = script }

    var requests: [Request] { self.seen.withLock { $0 } }

    fileprivate func reaction(to request: Request) -> Reaction {
        let number = self.seen.withLock {
            $0.append(request)
            return $0.count
        }
        return self.script(request, number)
    }

    /// Runs a server with this script on a port of its own while `body` uses a store on it.
    static func with<Result>(
        prefix: String = "",
        timeout: Duration = .seconds(120),
        pace: BodyPace = BodyPace(),
        attempts: Int = 4,
        credentials: any CredentialSource = S3Credentials(accessKey: "key", secretKey: "secret-of-the-store"),
        script: @escaping @Sendable (Request, Int) -> Reaction,
        _ body: (S3ObjectStore, ScriptedServer, SleepLog) async throws -> Result
    ) async throws -> Result {
        let server = ScriptedServer(script: script)
        let group = MultiThreadedEventLoopGroup.singleton
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(ScriptHandler(server: server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        // One event loop, as the stages have it: with several, async-http-client 1.37.0 sometimes stops the process ("a
        // connection that we don't know was released") when a server closes a connection right after its answer.
        let clientGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let http = HTTPClient(
            eventLoopGroup: clientGroup,
            configuration: S3ObjectStore.httpClientConfiguration(concurrency: 8)
        )
        let clock = SleepLog()
        var configuration = S3Configuration(
            bucket: "bucket",
            prefix: prefix,
            endpoint: try S3Endpoint("http://127.0.0.1:\(channel.localAddress?.port ?? 0)"),
            region: "us-east-1",
            credentials: credentials,
            timeout: timeout,
            retry: RetryPolicy(maxAttempts: attempts)
        )
        configuration.pace = pace
        let store = S3ObjectStore(
            http: http,
            configuration: configuration,
            logger: Logger(label: "test"),
            retryClock: clock
        )
        do {
            let result = try await body(store, server, clock)
            try await http.shutdown()
            try await clientGroup.shutdownGracefully()
            try await channel.close()
            return result
        } catch {
            try? await http.shutdown()
            try? await clientGroup.shutdownGracefully()
            try? await channel.close()
            throw error
        }
    }
}

/// Records waits and returns at once.
final class SleepLog: Clock, Sendable {
    typealias Instant = ContinuousClock.Instant
    let waits = Mutex<[Duration]>([])
    private let start = ContinuousClock.now
    var now: Instant { self.start }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        self.waits.withLock { $0.append(self.start.duration(to: deadline)) }
    }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: ScriptedServer
    private var request: ScriptedServer.Request?

    init(server: ScriptedServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.request = ScriptedServer.Request(method: head.method, uri: head.uri, headers: head.headers, body: [])
        case .body(let buffer):
            self.request?.body += buffer.readableBytesView
        case .end:
            guard let request = self.request else { return }
            self.react(self.server.reaction(to: request), context)
        }
    }

    private func react(_ reaction: ScriptedServer.Reaction, _ context: ChannelHandlerContext) {
        switch reaction {
        case .answer(let status, let headers, let body):
            self.write(status, headers, body, length: body.utf8.count, context)
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        case .cut(let status, let headers, let body, let length):
            self.write(status, headers, body, length: length, context)
            context.flush()
            context.close(promise: nil)
        case .hangUp:
            context.close(promise: nil)
        case .silence:
            break
        case .silenceAfterHead(let status, let headers):
            self.write(status, headers, "", length: 1_000, context)
            context.flush()
        case .drip(let status, let headers):
            self.write(status, headers, "", length: 1 << 30, context)
            context.flush()
            let channel = context.channel
            channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { timer in
                guard channel.isActive else { return timer.cancel() }
                let byte = ByteBuffer(string: " ")
                channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(byte)), promise: nil)
            }
        }
    }

    private func write(
        _ status: Int,
        _ headers: [String: String],
        _ body: String,
        length: Int,
        _ context: ChannelHandlerContext
    ) {
        var fields = HTTPHeaders(headers.map { ($0.key, $0.value) })
        if status != 204, !fields.contains(name: "content-length") {
            fields.add(name: "content-length", value: "\(length)")
        }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        let isHead = self.request?.method == .HEAD
        if !body.isEmpty, !isHead {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        }
    }
}
