import NIOCore
import NIOHTTP1
import Wire

/// What is taken from a client, and what is refused.
extension ConnectionGuard {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = self.unwrapInboundIn(data)
        if case .end = part, self.traits?.endsParser == true { self.decoder.isAtItsEnd = true }
        if case .head(let request) = part {
            self.traits = RequestTraits(request)
        }
        if self.phase == .closing || self.refusal != nil || !self.endings.isEmpty { return }
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
            // While other answers are due it would be taken for theirs; who waits for it in vain sends its body all the same.
            if self.traits?.awaitsContinue == true, self.unanswered == 1 {
                let goOn = HTTPResponseHead(version: .http1_1, status: .continue)
                context.writeAndFlush(self.wrapOutboundOut(.head(goOn)), promise: nil)
            }
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
    func rest(_ context: ChannelHandlerContext) {
        if self.isLast { self.linger(context) } else { self.enter(.head, for: self.limits.idleTimeout) }
    }

    private func refusal(of request: HTTPRequestHead) -> Refusal? {
        if self.traits?.hasGoodHost == false { return .host }
        if request.uri.utf8.count > self.limits.targetBytes { return .longTarget(self.limits.targetBytes) }
        return self.hasRoom || RequestTraits.needsNoRoom(request.uri) ? nil : .crowded
    }

    /// Whether one more answer may be made for this client.
    var hasRoom: Bool { self.client.map { self.clients.hasRoom(for: $0) } ?? true }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.phase == .closing || self.refusal != nil { return }
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        if self.phase == .body {
            // Whoever waits for the rest of that body says what is wrong, or has answered already; nothing can follow it.
            self.isLast = true
            return context.fireErrorCaught(error)
        }
        // Where this server has ended the connection, nobody is there to be told that the last bytes are no whole request.
        if self.isLast || !context.channel.isActive { return }
        if case .headerOverflow = error { self.refuse(.header, context) } else { self.refuse(.malformed, context) }
    }

    /// Says so when all that was asked before has its answer.
    func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        self.refusal = refusal
        if self.unanswered > 0 { return }
        self.enter(.closing, for: self.limits.responseTimeout)
        self.beginAnswer()
        var head = refusal.head
        head.headers.add(name: "Date", value: HTTPDate.textNow())
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        if refusal.hasBody { context.write(self.wrapOutboundOut(.body(.byteBuffer(refusal.body))), promise: nil) }
        let written = context.eventLoop.makePromise(of: Void.self)
        self.holdEnd(until: written, context)
        written.futureResult.assumeIsolated().whenSuccess {
            self.linger(context)
            context.close(mode: .output, promise: nil)
        }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: written)
        // Known from the head alone: no time was spent on it.
        self.metrics.record(route: "none", status: Int(head.status.code), seconds: 0)
    }

    /// Has what arrived while requests were held taken up.
    func decodeOn(_ context: ChannelHandlerContext) {
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
}
