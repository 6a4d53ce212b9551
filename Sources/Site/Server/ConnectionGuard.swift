import NIOCore
import NIOHTTP1

/// Stands where requests come in and answers go out, and closes the connection of a client that takes more than its share.
///
/// - One connection too many, of all or of one client, is closed at once.
/// - A client that sends a byte now and then gets no more time for it: only a complete head, a complete body and an
///   answer that was taken count. Who takes nothing of an answer is sent away sooner.
/// - What is no good request, or comes while too much waits to be taken, is refused here, where it costs nothing.
/// - No more is read from a client than it takes answers, and few of its requests wait for theirs.
///
/// It is also where a connection ends when it has to: HTTP/1.0 without `keep-alive`, and whoever asks for `close`.
final class ConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// `closing`: the last answer is on its way, and nothing more is taken from the client.
    enum Phase { case head, body, response, closing }

    /// How long a client may go on after its last answer, so that it gets to read that.
    private static let lingering = TimeAmount.seconds(2)
    /// Deadlines move with each request; the timer looks at them this often instead of being set anew.
    private static let granularity = TimeAmount.seconds(5)

    let limits: ServerLimits
    let clients: Clients
    private let decoder: RequestDecoder
    var client: Clients.Client?
    private var phase = Phase.head
    private var deadline: NIODeadline
    private var timer: Scheduled<Void>?
    /// Requests whose answer has not been written.
    private(set) var unanswered = 0
    /// No request follows those that are unanswered.
    private var isLast = false
    private var speaksHTTP10 = false
    private var traits: RequestTraits?
    /// What is said instead of an answer, behind those that are still due.
    private var refusal: Refusal?
    var holdsRead = false
    /// Bytes of answers that the client has not taken, and when it last took some.
    var untaken = 0
    var lastTaken = NIODeadline.now()

    init(limits: ServerLimits, clients: Clients, decoder: RequestDecoder) {
        self.limits = limits
        self.clients = clients
        self.decoder = decoder
        self.deadline = .now() + limits.headTimeout
    }

    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { self.begin(context) } }

    func channelActive(context: ChannelHandlerContext) {
        self.begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard self.client == nil else { return }
        self.client = self.clients.connect(from: context.remoteAddress)
        if self.client == nil { context.close(promise: nil) } else { self.watch(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.timer?.cancel()
        if let client = self.client { self.clients.disconnect(client) }
    }

    private func watch(_ context: ChannelHandlerContext) {
        let left = max(.zero, min(self.deadline - .now(), Self.granularity))
        self.timer = context.eventLoop.assumeIsolated().scheduleTask(in: left) {
            if self.deadline <= .now() || self.isStalled { context.close(promise: nil) } else { self.watch(context) }
        }
    }

    private var isStalled: Bool {
        guard self.untaken > 0, let client = self.client else { return false }
        let isCrowded = !self.clients.hasRoom(for: client)
        let timeout = isCrowded ? self.limits.crowdedStallTimeout : self.limits.stallTimeout
        return self.lastTaken + timeout <= .now()
    }

    private func enter(_ phase: Phase, for time: TimeAmount) {
        self.phase = phase
        self.deadline = .now() + time
    }

    private func linger(_ context: ChannelHandlerContext) {
        self.enter(.closing, for: Self.lingering)
        self.timer?.cancel()
        self.watch(context)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = self.unwrapInboundIn(data)
        if case .end = part, self.traits?.endsParser == true { self.decoder.isAtItsEnd = true }
        if case .head(let request) = part {
            self.traits = RequestTraits(request)
        }
        if self.phase == .closing || self.refusal != nil { return }
        switch part {
        case .head(let request):
            if self.isLast { return }
            if var refusal = self.refusal(of: request) {
                refusal.hasBody = request.method != .HEAD
                return self.refuse(refusal, context)
            }
            self.unanswered += 1
            if self.unanswered >= self.limits.unansweredRequests { self.decoder.isHeld = true }
            self.enter(.body, for: self.limits.bodyTimeout)
            self.speaksHTTP10 = request.version != .http1_1
            self.isLast = !request.isKeepAlive
            if self.isLast {
                // In the one spelling that Hummingbird knows.
                var request = request
                request.headers.replaceOrAdd(name: "Connection", value: "close")
                return context.fireChannelRead(self.wrapInboundOut(.head(request)))
            }
        case .body: break
        // The answer may have been given before all of the body was there.
        case .end where self.unanswered == 0: self.rest(context)
        case .end: self.enter(.response, for: self.limits.responseTimeout)
        }
        context.fireChannelRead(data)
    }

    /// All that was asked is answered.
    private func rest(_ context: ChannelHandlerContext) {
        if self.isLast { self.linger(context) } else { self.enter(.head, for: self.limits.idleTimeout) }
    }

    private func refusal(of request: HTTPRequestHead) -> Refusal? {
        if self.traits?.hasGoodHost == false { return .host }
        if request.uri.utf8.count > self.limits.targetBytes { return .longTarget(self.limits.targetBytes) }
        guard let client = self.client, !self.clients.hasRoom(for: client) else { return nil }
        return RequestTraits.isWatching(request.uri) ? nil : .crowded
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.phase == .closing || self.refusal != nil { return }
        guard case HTTPParserError.headerOverflow = error else {
            context.fireErrorCaught(error)
            return
        }
        self.refuse(.header, context)
    }

    /// Says so when all that was asked before has its answer.
    private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        self.refusal = refusal
        if self.unanswered > 0 { return }
        self.linger(context)
        context.write(self.wrapOutboundOut(.head(refusal.head)), promise: nil)
        if refusal.hasBody { context.write(self.wrapOutboundOut(.body(.byteBuffer(refusal.body))), promise: nil) }
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { context.close(mode: .output, promise: nil) }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: written)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch self.unwrapOutboundIn(data) {
        case .head(var head) where self.speaksHTTP10 || self.isLast:
            if self.isLast, self.unanswered <= 1 {
                head.headers.replaceOrAdd(name: "Connection", value: "close")
            } else {
                head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
            }
            context.write(self.wrapOutboundOut(.head(head)), promise: promise)
        case .head: context.write(data, promise: promise)
        case .body(.byteBuffer(let bytes)):
            self.send(bytes, promise, context) { self.wrapOutboundOut(.body(.byteBuffer($0))) }
        case .body: context.write(data, promise: promise)
        case .end:
            let taken = promise ?? context.eventLoop.makePromise()
            self.answered(taken, context)
            context.write(data, promise: taken)
        }
    }

    /// An answer was written; the client has taken it when that promise is kept.
    func answered(_ taken: EventLoopPromise<Void>, _ context: ChannelHandlerContext) {
        self.unanswered = max(0, self.unanswered - 1)
        taken.futureResult.assumeIsolated().whenSuccess {
            // The next request may already have begun: a client need not wait for an answer.
            if self.phase == .response, self.unanswered == 0 { self.rest(context) }
        }
        if let refusal = self.refusal, self.unanswered == 0 {
            // Behind the end of that answer, which is about to be written.
            context.eventLoop.assumeIsolated().execute { self.refuse(refusal, context) }
        }
        if self.decoder.isHeld, self.unanswered <= self.limits.unansweredRequests / 2 {
            self.decoder.isHeld = false
            context.eventLoop.assumeIsolated().execute { self.decodeOn(context) }
        }
    }

    /// Has what arrived while requests were held taken up.
    private func decodeOn(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        if self.decoder.hasRest { return self.decodeRest(context) }
        context.pipeline.syncOperations.fireChannelRead(NIOAny(context.channel.allocator.buffer(capacity: 0)))
        context.pipeline.syncOperations.fireChannelReadComplete()
        self.readOn(context)
    }

    private func decodeRest(_ context: ChannelHandlerContext) {
        do {
            try self.decoder.decodeRest()
            context.pipeline.syncOperations.fireChannelReadComplete()
            if self.decoder.hasRest { return }
            context.pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        } catch {
            context.pipeline.syncOperations.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // For those behind, a client has sent its last byte when they have seen all of it.
        if event as? ChannelEvent == .inputClosed, self.decoder.hasRest { return }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: No more is read from a client than it takes answers

    func read(context: ChannelHandlerContext) {
        self.holdsRead = true
        self.readOn(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.readOn(context)
        context.fireChannelWritabilityChanged()
    }

    private func readOn(_ context: ChannelHandlerContext) {
        guard self.holdsRead, context.channel.isWritable, !self.decoder.isHeld else { return }
        self.holdsRead = false
        context.read()
    }
}
