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

/// An answer whose body is read piece by piece, with no more of it asked for than is taken.
///
/// A delegate instead of the client's `async` call: the deadline of that one ends when the head has come, and nothing can
/// end the wait for the next piece.
package final class AnswerStream: HTTPClientResponseDelegate {
    package typealias Response = Void

    private struct State {
        var head: HTTPResponseHead?
        var part: (bytes: ByteBuffer, taken: EventLoopPromise<Void>)?
        var end: Result<Void, any Error>?
        var waiter: CheckedContinuation<Void, Never>?
        /// Whether nobody reads on.
        var isAbandoned = false
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
        let late = task.eventLoop.scheduleTask(in: TimeAmount(limits.head)) {
            task.fail(reason: HTTPClientError.deadlineExceeded)
        }
        defer {
            late.cancel()
            stream.abandon(task)
        }
        return try await withTaskCancellationHandler {
            let head = try await stream.head()
            late.cancel()
            return try await body(head, stream)
        } onCancel: {
            task.cancel()
        }
    }

    /// The next piece of the body; nil when it has ended as it should.
    ///
    /// - Throws: ``BodyTooSlow``, `CancellationError`, or whatever the client and the network fail with.
    package func next() async throws -> ByteBuffer? {
        while true {
            let (part, end) = self.state.withLock { state in
                defer { state.part = nil }
                return (state.part, state.end)
            }
            // What has come is handed on before the end, an early one too.
            if let part {
                self.keeper.hold(false)
                part.taken.succeed()
                return part.bytes
            }
            if let end {
                try Task.checkCancellation()
                try end.get()
                return nil
            }
            await self.wait()
        }
    }

    private func head() async throws -> HTTPResponseHead {
        while true {
            let found = self.state.withLock { (head: $0.head, end: $0.end) }
            if let head = found.head { return head }
            if let end = found.end {
                try Task.checkCancellation()
                try end.get()
                throw HTTPClientError.remoteConnectionClosed
            }
            await self.wait()
        }
    }

    /// Until something has come.
    func wait() async {
        let hadHead = self.state.withLock { $0.head != nil }
        await withCheckedContinuation { continuation in
            let isThere = self.state.withLock { state in
                let isThere = state.end != nil || state.part != nil || (state.head != nil && !hadHead)
                if !isThere { state.waiter = continuation }
                return isThere
            }
            if isThere { continuation.resume() }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiter = self.state.withLock { state in
            body(&state)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    private func abandon(_ task: HTTPClient.Task<Void>) {
        self.keeper.end()
        let (isUnfinished, part) = self.state.withLock { state in
            state.isAbandoned = true
            defer { state.part = nil }
            return (state.end == nil, state.part)
        }
        if isUnfinished { task.cancel() }
        // The client ends an exchange only when the piece that it handed over was taken.
        part?.taken.succeed()
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
        let taken = task.eventLoop.makePromise(of: Void.self)
        self.keeper.note(bytes: part.readableBytes)
        self.keeper.hold(true)
        var isOver = false
        self.change { state in
            isOver = state.end != nil || state.isAbandoned
            if !isOver { state.part = (part, taken) }
        }
        if isOver { taken.succeed() }
        return taken.futureResult
    }

    package func didFinishRequest(task: HTTPClient.Task<Void>) throws {}
}
