import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import Transport

/// The answer to one request, with as much of its body as was wanted.
struct HTTPAnswer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: ByteBuffer

    var bodyBytes: [UInt8] { Array(self.body.readableBytesView) }
}

/// A successful answer's body was larger than was accepted.
struct HTTPAnswerTooLarge: Error {}

/// Collects one answer.
///
/// A delegate instead of the client's `async` call: that one costs three tasks and an actor for each request, and its
/// deadline ends when the head of the answer has come.
final class HTTPAnswerCollector: HTTPClientResponseDelegate {
    typealias Response = HTTPAnswer

    /// Of the document that comes with a failure; what is beyond is dropped.
    static let maxErrorBytes = 64 * 1_024

    private let maxBytes: Int
    private let keeper: PaceKeeper?
    private let answer = Mutex(HTTPAnswer(status: 0, headers: [:], body: ByteBuffer()))

    /// - Parameters:
    ///   - maxBytes: Of the body of a successful answer.
    ///   - pace: How slowly the body may come in; nil where the whole exchange may take no longer than one window.
    init(maxBytes: Int, pace: BodyPace?) {
        self.maxBytes = maxBytes
        self.keeper = pace.map(PaceKeeper.init)
    }

    /// To be called when the exchange is over.
    func end() { self.keeper?.end() }

    func didReceiveHead(task: HTTPClient.Task<HTTPAnswer>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        self.answer.withLock {
            $0.status = Int(head.status.code)
            $0.headers = head.headers
        }
        self.keeper?.begin(task)
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<HTTPAnswer>, _ part: ByteBuffer) -> EventLoopFuture<Void> {
        self.keeper?.note(bytes: part.readableBytes)
        let fits = self.answer.withLock { answer in
            let isSuccess = (200..<300).contains(answer.status)
            var part = part
            let room = (isSuccess ? self.maxBytes : Self.maxErrorBytes) - answer.body.readableBytes
            if part.readableBytes <= room {
                answer.body.writeBuffer(&part)
            } else if isSuccess {
                return false
            } else if var slice = part.readSlice(length: room) {
                answer.body.writeBuffer(&slice)
            }
            return true
        }
        return fits
            ? task.eventLoop.makeSucceededVoidFuture() : task.eventLoop.makeFailedFuture(HTTPAnswerTooLarge())
    }

    func didFinishRequest(task: HTTPClient.Task<HTTPAnswer>) throws -> HTTPAnswer { self.answer.withLock { $0 } }
}

extension HTTPClient {
    /// Sends a request and reads its answer, all within `timeout`.
    ///
    /// - Throws: ``HTTPAnswerTooLarge``, `BodyTooSlow`, `CancellationError`, or whatever the client and the network fail
    ///   with.
    func exchange(
        _ request: HTTPClient.Request,
        maxBytes: Int,
        timeout: Duration,
        pace: BodyPace = BodyPace()
    ) async throws -> HTTPAnswer {
        let collector = HTTPAnswerCollector(maxBytes: maxBytes, pace: timeout > pace.window ? pace : nil)
        defer { collector.end() }
        let task = self.execute(
            request: request,
            delegate: collector,
            eventLoop: .indifferent,
            deadline: .now() + TimeAmount(timeout),
            logger: nil
        )
        do {
            return try await withTaskCancellationHandler {
                try await task.futureResult.get()
            } onCancel: {
                task.cancel()
            }
        } catch {
            if _Concurrency.Task.isCancelled { throw CancellationError() }
            throw error
        }
    }
}
