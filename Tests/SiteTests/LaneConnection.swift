import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization

@testable import Site

/// A connection to a fast lane with nobody behind it.
struct LaneConnection {
    /// What those behind would have seen.
    final class Seen: Sendable {
        fileprivate let state = Mutex((handedOn: 0, isInputClosed: false, reads: 0))

        var handedOn: Int { self.state.withLock { $0.handedOn } }
        var isInputClosed: Bool { self.state.withLock { $0.isInputClosed } }
        /// How often the socket was read.
        var reads: Int { self.state.withLock { $0.reads } }
    }

    private final class Recorder: ChannelInboundHandler, Sendable {
        typealias InboundIn = HTTPServerRequestPart

        let seen: Seen

        init(_ seen: Seen) { self.seen = seen }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head = self.unwrapInboundIn(data) { self.seen.state.withLock { $0.handedOn += 1 } }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { self.seen.state.withLock { $0.isInputClosed = true } }
        }
    }

    private final class ReadCounter: ChannelOutboundHandler, Sendable {
        typealias OutboundIn = ByteBuffer

        let seen: Seen

        init(_ seen: Seen) { self.seen = seen }

        func read(context: ChannelHandlerContext) {
            self.seen.state.withLock { $0.reads += 1 }
            context.read()
        }
    }

    let channel = NIOAsyncTestingChannel()
    let seen = Seen()

    init(_ lane: FastLane) async throws {
        let (channel, seen) = (self.channel, self.seen)
        try await channel.testingEventLoop.executeInContext {
            let guardian = ConnectionGuard(
                limits: ServerLimits(),
                clients: Clients(limits: ServerLimits()),
                decoder: RequestDecoder(limits: NIOHTTPDecoderLimitConfiguration()),
                metrics: lane.metrics
            )
            try channel.pipeline.syncOperations.addHandlers([
                ReadCounter(seen), HTTPResponseEncoder(), guardian, lane.handler(for: guardian), Recorder(seen),
            ])
        }
    }

    /// Answers, as those behind would have, a request that was handed on, and takes that from the socket.
    func answerHandedOn() async throws {
        let channel = self.channel
        try await channel.testingEventLoop.executeInContext {
            let head = HTTPResponseHead(version: .http1_1, status: .noContent, headers: ["Content-Length": "0"])
            channel.pipeline.syncOperations.write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
            channel.pipeline.syncOperations.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
        }
        while try await self.answers().isEmpty { await Task.yield() }
    }

    /// Those that have come out at the socket since the last call.
    func answers() async throws -> [String] {
        // What was put off to the end of a turn of the loop.
        await self.channel.testingEventLoop.run()
        var answers: [String] = []
        while let bytes = try await self.channel.readOutbound(as: ByteBuffer.self) {
            answers.append(String(buffer: bytes))
        }
        return answers
    }
}
