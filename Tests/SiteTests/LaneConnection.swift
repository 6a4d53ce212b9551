import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization

@testable import Site

/// A connection to a fast lane with nobody behind it.
struct LaneConnection {
    /// What those behind would have seen.
    final class Seen: Sendable {
        fileprivate let state = Mutex((handedOn: 0, isInputClosed: false))

        var handedOn: Int { self.state.withLock { $0.handedOn } }
        var isInputClosed: Bool { self.state.withLock { $0.isInputClosed } }
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

    let channel = NIOAsyncTestingChannel()
    let seen = Seen()

    init(_ lane: FastLane) async throws {
        let (channel, seen) = (self.channel, self.seen)
        try await channel.testingEventLoop.executeInContext {
            let guardian = ConnectionGuard(
                limits: ServerLimits(),
                clients: Clients(limits: ServerLimits()),
                decoder: RequestDecoder(limits: NIOHTTPDecoderLimitConfiguration())
            )
            try channel.pipeline.syncOperations.addHandlers([
                HTTPResponseEncoder(), guardian, lane.handler(for: guardian), Recorder(seen),
            ])
        }
    }

    /// Those that have come out at the socket since the last call.
    func answers() async throws -> [String] {
        var answers: [String] = []
        while let bytes = try await self.channel.readOutbound(as: ByteBuffer.self) {
            answers.append(String(buffer: bytes))
        }
        return answers
    }
}
