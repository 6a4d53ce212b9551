import AsyncHTTPClient
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import ObjectStorage

/// What a turn of the event loop writes is sent once, and nothing stays behind.
@Suite struct SingleFlushTests {
    private final class Flushes: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        var count = 0

        func flush(context: ChannelHandlerContext) {
            self.count += 1
            context.flush()
        }
    }

    private static func sent(_ channel: EmbeddedChannel) throws -> [String] {
        var all: [String] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { all.append(String(buffer: buffer)) }
        return all
    }

    @Test("the head and the body of a request are flushed together")
    func together() throws {
        let flushes = Flushes()
        let channel = EmbeddedChannel(handlers: [flushes, SingleFlush()])
        for part in ["head", "body"] { channel.writeAndFlush(ByteBuffer(string: part), promise: nil) }
        #expect(flushes.count == 0)
        channel.embeddedEventLoop.run()
        #expect(flushes.count == 1)
        #expect(try Self.sent(channel) == ["head", "body"])
        channel.writeAndFlush(ByteBuffer(string: "next"), promise: nil)
        channel.embeddedEventLoop.run()
        #expect(flushes.count == 2)
        #expect(try Self.sent(channel) == ["next"])
        #expect(try channel.finish().isClean)
    }

    /// Answers each request whose body ends with `END`, and counts the pieces that requests come in.
    private final class Pieces: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let count: @Sendable () -> Void

        init(count: @escaping @Sendable () -> Void) { self.count = count }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.count()
            if String(buffer: self.unwrapInboundIn(data)).hasSuffix("END") {
                let answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                context.writeAndFlush(self.wrapOutboundOut(answer), promise: nil)
            }
        }
    }

    @Test("the store's client sends each object in one piece")
    func wired() async throws {
        let pieces = Mutex(0)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Pieces { pieces.withLock { $0 += 1 } })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let http = HTTPClient(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            configuration: S3ObjectStore.httpClientConfiguration(concurrency: 1)
        )
        let port = try #require(server.localAddress?.port)
        for _ in 1...20 {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/object")
            request.method = .PUT
            request.body = .bytes(ByteBuffer(string: String(repeating: "x", count: 2_000) + "END"))
            #expect(try await http.execute(request, timeout: .minutes(30)).status == .ok)
        }
        #expect(pieces.withLock { $0 } == 20)
        try await http.shutdown()
        try await server.close()
    }

    @Test("a connection that is closed has sent what was flushed before")
    func closed() throws {
        let channel = EmbeddedChannel(handlers: [Flushes(), SingleFlush()])
        channel.writeAndFlush(ByteBuffer(string: "last"), promise: nil)
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
        #expect(try Self.sent(channel) == ["last"])
    }
}
