import NIOCore
import NIOHTTP1
import Synchronization

/// How many connections are open, shared by all of a server.
final class ConnectionCount: Sendable {
    private let open = Atomic(0)

    func add() -> Int { self.open.add(1, ordering: .relaxed).newValue }
    func remove() { self.open.subtract(1, ordering: .relaxed) }
}

/// Closes a connection that is one too many, or whose client takes too long for what it has begun.
///
/// A client that sends a byte now and then gets no more time for it: only a complete head, a complete body and an
/// answer that was taken count. Where the head of a request is too large, the client is told so.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Phase { case head, body, response, refused }

    /// How long a client may go on sending after it was refused, so that it gets to read why.
    private static let lingering = TimeAmount.seconds(1)
    /// Deadlines move with each request; the timer looks at them this often instead of being set anew.
    private static let granularity = TimeAmount.seconds(5)

    private let limits: ServerLimits
    private let count: ConnectionCount
    private var phase = Phase.head
    private var deadline: NIODeadline
    private var timer: Scheduled<Void>?
    private var isCounted = false

    init(limits: ServerLimits, count: ConnectionCount) {
        self.limits = limits
        self.count = count
        self.deadline = .now() + limits.headTimeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.isCounted = true
        if self.count.add() > self.limits.connections {
            context.close(promise: nil)
        } else {
            self.watch(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer?.cancel()
        if self.isCounted { self.count.remove() }
        self.isCounted = false
    }

    private func watch(_ context: ChannelHandlerContext) {
        let left = max(.zero, min(self.deadline - .now(), Self.granularity))
        self.timer = context.eventLoop.assumeIsolated().scheduleTask(in: left) {
            if self.deadline <= .now() { context.close(promise: nil) } else { self.watch(context) }
        }
    }

    private func enter(_ phase: Phase, for time: TimeAmount) {
        self.phase = phase
        self.deadline = .now() + time
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.phase == .refused { return }
        switch self.unwrapInboundIn(data) {
        case .head: self.enter(.body, for: self.limits.bodyTimeout)
        case .body: break
        case .end: self.enter(.response, for: self.limits.responseTimeout)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = self.unwrapOutboundIn(data) else {
            context.write(data, promise: promise)
            return
        }
        let taken = promise ?? context.eventLoop.makePromise()
        self.expects(taken)
        context.write(data, promise: taken)
    }

    /// The client has taken an answer when that promise is kept.
    func expects(_ taken: EventLoopPromise<Void>) {
        taken.futureResult.assumeIsolated().whenSuccess {
            // The next request may already have begun: a client need not wait for an answer.
            if self.phase == .response { self.enter(.head, for: self.limits.idleTimeout) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.phase == .refused { return }
        guard self.phase == .head, case HTTPParserError.headerOverflow = error else {
            context.fireErrorCaught(error)
            return
        }
        self.enter(.refused, for: Self.lingering)
        let head = HTTPResponseHead(
            version: .http1_1,
            status: .requestHeaderFieldsTooLarge,
            headers: ["Connection": "close", "Content-Length": "0"]
        )
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        self.timer?.cancel()
        self.watch(context)
    }
}
