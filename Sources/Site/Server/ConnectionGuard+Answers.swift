import NIOCore
import NIOHTTP1

/// What goes to a client, and when its connection ends.
extension ConnectionGuard {
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // It would be read as more of a body that ends with the connection; or nobody has asked for it, such as for what
        // Hummingbird says of a spoilt body behind the answer.
        if self.endsBody && !self.endings.isEmpty || self.isLast && self.unanswered == 0 {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        let part = self.withoutFile(self.unwrapOutboundIn(data))
        if case .head = part { self.beginAnswer() }
        switch part {
        case .head(var head) where self.speaksHTTP10 && Self.isUnmeasured(head):
            (self.endsBody, self.isLast) = (true, true)
            head.version = .http1_0
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(self.wrapOutboundOut(.head(head)), promise: promise)
        case .head(var head) where self.speaksHTTP10 || self.isLast:
            if self.isLast, self.unanswered <= 1 {
                head.headers.replaceOrAdd(name: "Connection", value: "close")
            } else {
                head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
            }
            context.write(self.wrapOutboundOut(.head(head)), promise: promise)
        case .head(let head): context.write(self.wrapOutboundOut(.head(head)), promise: promise)
        case .body(.byteBuffer(let bytes)):
            self.send(bytes, promise, context) { self.wrapOutboundOut(.body(.byteBuffer($0))) }
        case .body: context.write(data, promise: promise)
        case .end:
            if let file = self.file.take() { self.send(file, context) }
            let taken = promise ?? context.eventLoop.makePromise()
            self.answered(taken)
            context.write(data, promise: taken)
            if self.endsBody { self.close(context: context, mode: .output, promise: nil) }
        }
    }

    /// Whether its body would be sent in chunks, which HTTP/1.0 doesn't have.
    private static func isUnmeasured(_ head: HTTPResponseHead) -> Bool {
        head.status.mayHaveResponseBody && !head.headers.contains(name: "Content-Length")
    }

    /// An answer was written; the client has taken it when that promise is kept.
    func answered(_ taken: EventLoopPromise<Void>) {
        self.unanswered = max(0, self.unanswered - 1)
        guard let context = self.context else { return }
        self.holdEnd(until: taken, context)
        taken.futureResult.assumeIsolated().whenSuccess {
            // The next request may already have begun: a client need not wait for an answer.
            if self.phase == .response, self.unanswered == 0, self.answers.deadline == nil { self.rest(context) }
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

    // MARK: The end

    /// Ends the connection behind the answers that its client has still to take.
    ///
    /// SwiftNIO drops what was written and not sent where it closes a connection whose client has sent its last byte, and
    /// where it closes one for a server that stops.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // So a server closes that has no time left for those who are taking an answer.
        if mode == .input {
            self.isHurried = true
            self.end(context)
        }
        if self.untakenAnswers > 0, !self.isHurried {
            self.endings.append((mode, promise))
        } else {
            context.close(mode: mode, promise: promise)
        }
    }

    /// - Parameter taken: The promise of the end of an answer.
    func holdEnd(until taken: EventLoopPromise<Void>, _ context: ChannelHandlerContext) {
        self.untakenAnswers += 1
        taken.futureResult.assumeIsolated().whenComplete { _ in
            self.endAnswer()
            self.untakenAnswers -= 1
            if self.untakenAnswers == 0 { self.end(context) }
        }
    }

    /// An answer that comes later counts as one that is not taken, until ``releaseEnd(_:)``.
    func holdEnd() { self.untakenAnswers += 1 }

    func releaseEnd(_ context: ChannelHandlerContext) {
        self.untakenAnswers -= 1
        if self.untakenAnswers == 0 { self.end(context) }
    }

    private func end(_ context: ChannelHandlerContext) {
        let endings = self.endings
        self.endings = []
        for ending in endings { context.close(mode: ending.mode, promise: ending.promise) }
    }
}
