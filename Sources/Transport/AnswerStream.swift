package import AsyncHTTPClient
package import Logging
package import NIOCore
package import NIOHTTP1
import Synchronization

/// How long one exchange may take.
package struct ExchangeLimits: Sendable {
    /// From its start to the head of the answer.
    package var head: Duration
    /// From its start to the last byte of the answer.
    package var total: Duration
    package var pace: BodyPace

    package init(head: Duration, total: Duration, pace: BodyPace) {
        self.head = head
        self.total = total
        self.pace = pace
    }
}

/// An answer whose body is read piece by piece, with no more than ``ahead`` of it asked for before it is taken.
///
/// A delegate instead of the client's `async` call: the deadline of that one ends when the head has come, and nothing can
/// end the wait for the next piece.
///
/// What is small is there as a whole when its reader begins, who is woken once instead of for each piece: of small answers
/// that was a fifth of what they cost.
package final class AnswerStream: HTTPClientResponseDelegate {
    package typealias Response = Void

    /// Bytes of a body that are read before anybody takes them.
    package static let ahead = 64 << 10

    private struct State {
        var head: HTTPResponseHead?
        /// Whether the reader has begun.
        var isRead = false
        var pieces = CircularBuffer<ByteBuffer>()
        var ahead = 0
        /// Where as much waits as may: nothing more comes before that is taken.
        var taken: EventLoopPromise<Void>?
        var end: Result<Void, any Error>?
        var waiter: CheckedContinuation<Void, Never>?
        /// Whether nobody reads on.
        var isAbandoned = false
        var late: Scheduled<Void>?

        /// Whether there is something for who waits.
        var isReady: Bool {
            if self.end != nil || self.taken != nil { return true }
            // Of what is no success nobody reads the body, which may not come.
            return self.isRead ? !self.pieces.isEmpty : self.head.map { $0.status != .ok } ?? false
        }
    }

    private let state = Mutex(State())
    let keeper: PaceKeeper

    private init(_ pace: BodyPace) { self.keeper = PaceKeeper(pace) }

    /// Sends a request, and hands its answer to `body` when the head has come.
    ///
    /// What `body` leaves unread is thrown away with the connection. Redirects are the caller's: `http` must not follow
    /// them.
    ///
    /// - Throws: `CancellationError`, whatever the client and the network fail with, or what `body` throws.
    package static func with<Result>(
        _ http: HTTPClient,
        _ request: HTTPClient.Request,
        _ limits: ExchangeLimits,
        logger: Logger? = nil,
        _ body: (_ head: HTTPResponseHead, AnswerStream) async throws -> Result
    ) async throws -> Result {
        let stream = AnswerStream(limits.pace)
        let task = http.execute(
            request: request,
            delegate: stream,
            eventLoop: .indifferent,
            deadline: .now() + TimeAmount(limits.total),
            logger: logger
        )
        task.futureResult.whenComplete { stream.finish($0) }
        stream.keepHeadInTime(task, limits.head)
        defer { stream.abandon(task) }
        return try await withTaskCancellationHandler {
            try await body(try await stream.head(), stream)
        } onCancel: {
            task.cancel()
        }
    }

    /// The next piece of the body; nil when it has ended as it should.
    ///
    /// - Throws: ``BodyTooSlow``, `CancellationError`, or whatever the client and the network fail with.
    package func next() async throws -> ByteBuffer? {
        while true {
            let (piece, taken, end) = self.state.withLock { state in
                let piece = state.pieces.popFirst()
                state.ahead -= piece?.readableBytes ?? 0
                guard state.pieces.isEmpty else { return (piece, EventLoopPromise<Void>?.none, state.end) }
                defer { state.taken = nil }
                return (piece, state.taken, state.end)
            }
            if let taken {
                self.keeper.hold(false)
                taken.succeed()
            }
            // What has come is handed on before the end, an early one too.
            if let piece { return piece }
            if let end {
                try Task.checkCancellation()
                try end.get()
                return nil
            }
            await self.wait()
        }
    }

    private func head() async throws -> HTTPResponseHead {
        await self.wait()
        let (head, end) = self.state.withLock { state in
            state.isRead = true
            return (state.head, state.end)
        }
        if let head { return head }
        try Task.checkCancellation()
        try end?.get()
        throw HTTPClientError.remoteConnectionClosed
    }

    /// Until something has come.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isReady = self.state.withLock { state in
                if !state.isReady { state.waiter = continuation }
                return state.isReady
            }
            if isReady { continuation.resume() }
        }
    }

    private func keepHeadInTime(_ task: HTTPClient.Task<Void>, _ limit: Duration) {
        let late = task.eventLoop.scheduleTask(in: TimeAmount(limit)) {
            task.fail(reason: HTTPClientError.deadlineExceeded)
        }
        let isThere = self.state.withLock { state in
            let isThere = state.head != nil || state.end != nil
            if !isThere { state.late = late }
            return isThere
        }
        if isThere { late.cancel() }
    }

    private func change(_ body: (inout State) -> Void) {
        let (waiter, late) = self.state.withLock { state in
            body(&state)
            let late = state.head != nil || state.end != nil ? state.late : nil
            if late != nil { state.late = nil }
            guard state.isReady else { return (CheckedContinuation<Void, Never>?.none, late) }
            defer { state.waiter = nil }
            return (state.waiter, late)
        }
        late?.cancel()
        waiter?.resume()
    }

    private func abandon(_ task: HTTPClient.Task<Void>) {
        let (isUnfinished, taken) = self.state.withLock { state in
            state.isAbandoned = true
            state.pieces.removeAll()
            defer { state.taken = nil }
            return (state.end == nil, state.taken)
        }
        guard isUnfinished else { return }
        self.keeper.end()
        task.cancel()
        // The client ends an exchange only when the piece that it handed over was taken.
        taken?.succeed()
    }

    private func finish(_ result: Result<Void, any Error>) {
        self.keeper.end()
        self.change { $0.end = result }
    }

    // MARK: What the client calls

    package func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        self.keeper.begin(task)
        self.change { $0.head = head }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    package func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ part: ByteBuffer) -> EventLoopFuture<Void> {
        self.keeper.note(bytes: part.readableBytes)
        var taken: EventLoopPromise<Void>?
        self.change { state in
            if state.end != nil || state.isAbandoned { return }
            state.pieces.append(part)
            state.ahead += part.readableBytes
            guard state.ahead >= Self.ahead else { return }
            taken = task.eventLoop.makePromise(of: Void.self)
            state.taken = taken
            self.keeper.hold(true)
        }
        return taken?.futureResult ?? task.eventLoop.makeSucceededVoidFuture()
    }

    package func didFinishRequest(task: HTTPClient.Task<Void>) throws {}
}
