import Composer
import NIOCore
import NIOHTTP1
import Store

/// Answers GET and HEAD of documents right where requests arrive; hands everything else on.
///
/// The way through tasks and to a database thread takes several times the work of the answer itself. What is answered
/// here is what ``DocumentRoutes`` would answer; a test compares the two.
///
/// Over PostgreSQL an answer is waited for. What the client sends meanwhile waits too: answers keep the order of
/// requests. It is what one read takes, as nothing more is read from the client until then.
final class HotDocuments: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum Arrival {
        case part(HTTPServerRequestPart)
        case inputClosed
        case error(any Error)
    }

    private let lane: FastLane
    private let connection: ConnectionGuard
    private var reader: SQLiteDocumentReader?
    /// nil over a file.
    private var questions: LoopQuestions?
    private var context: ChannelHandlerContext?
    /// Where answers are written: behind the encoder, to the socket.
    private var socket: ChannelHandlerContext?
    /// What was found to be a reader's on this connection.
    private var shown: KnownReaders.Shown?
    /// A request that may be answered here, until its end is read.
    private var asked: (request: HTTPRequestHead, question: DocumentQuestion, start: NIODeadline)?
    /// Whether the database is being asked for the answer to that.
    private var isWaiting = false
    private var arrived: CircularBuffer<Arrival> = CircularBuffer(initialCapacity: 1)
    /// Requests that have begun among those.
    private var arrivedRequests = 0
    private var holdsRead = false

    init(lane: FastLane, connection: ConnectionGuard) {
        self.lane = lane
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.socket = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        self.reader = self.lane.reader(on: context.eventLoop)
        self.questions = self.lane.questions(on: context.eventLoop)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.stopWaiting(context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.stopWaiting(context)
        self.context = nil
        self.socket = nil
    }

    /// Nobody is there any more to be answered.
    private func stopWaiting(_ context: ChannelHandlerContext) {
        guard self.isWaiting else { return }
        self.isWaiting = false
        self.asked = nil
        self.arrived.removeAll()
        self.connection.releaseEnd(context)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = self.unwrapInboundIn(data)
        if self.isWaiting {
            if case .head = part { self.arrivedRequests += 1 }
            self.arrived.append(.part(part))
        } else {
            self.take(part, context)
        }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let request):
            // Answers keep the order of the requests; for a client that does not take them they are not made yet.
            if self.connection.unanswered - self.arrivedRequests <= 1, context.channel.isWritable,
                self.reader != nil || self.questions != nil, let question = DocumentQuestion(request),
                self.admits(question)
            {
                self.asked = (request, question, .now())
                return
            }
        case .body: break
        case .end:
            guard let (request, question, start) = self.asked else { break }
            if let questions = self.questions {
                self.isWaiting = true
                self.connection.holdEnd()
                return questions.ask(question, for: self)
            }
            self.asked = nil
            if self.answer(question, since: start, context) { return }
            context.fireChannelRead(self.wrapInboundOut(.head(request)))
        }
        context.fireChannelRead(self.wrapInboundOut(part))
    }

    private func admits(_ question: DocumentQuestion) -> Bool {
        self.lane.readers?.contain(question.authorization, rememberedIn: &self.shown) ?? true
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if self.isWaiting, event as? ChannelEvent == .inputClosed {
            self.arrived.append(.inputClosed)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.isWaiting { self.arrived.append(.error(error)) } else { context.fireErrorCaught(error) }
    }

    func read(context: ChannelHandlerContext) {
        // To stop reading and to begin again are two calls to the kernel: only for who sends more than he waits for.
        if self.isWaiting, !self.arrived.isEmpty { self.holdsRead = true } else { context.read() }
    }

    // MARK: Over a network

    /// Answers what was waited for, and takes up what arrived meanwhile.
    ///
    /// - Returns: False where its bytes are wanted and can't be had: then it is waited for still.
    func answer(with document: KnownDocument, _ bytes: (ContentHash) throws -> Blob?) -> Bool {
        guard self.isWaiting, let context = self.context, let (_, question, start) = self.asked else { return true }
        // Many may have waited: what was made for others meanwhile counts.
        guard self.connection.hasRoom else {
            self.handOn()
            return true
        }
        guard let answer = try? self.answer(question, document, context, bytes) else { return false }
        self.isWaiting = false
        self.asked = nil
        self.send(answer, question, since: start, context)
        self.goOn(context, hasHandedOn: false)
        return true
    }

    /// Leaves to the routes what was waited for, and takes up what arrived meanwhile.
    func handOn() {
        guard self.isWaiting, let context = self.context, let (request, _, _) = self.asked.take() else { return }
        self.isWaiting = false
        context.fireChannelRead(self.wrapInboundOut(.head(request)))
        context.fireChannelRead(self.wrapInboundOut(.end(nil)))
        self.goOn(context, hasHandedOn: true)
    }

    private func goOn(_ context: ChannelHandlerContext, hasHandedOn: Bool) {
        defer { self.connection.releaseEnd(context) }
        var hasHandedOn = hasHandedOn
        while !self.isWaiting, let arrival = self.arrived.popFirst() {
            switch arrival {
            case .part(let part):
                if case .head = part { self.arrivedRequests -= 1 }
                self.take(part, context)
                hasHandedOn = true
            case .inputClosed: context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            case .error(let error): context.fireErrorCaught(error)
            }
        }
        if hasHandedOn { context.fireChannelReadComplete() }
        if self.holdsRead, !self.isWaiting {
            self.holdsRead = false
            context.read()
        }
    }

    // MARK: Over a file

    /// - Returns: False where the routes are to answer: there is no such document, or the file can't be read at once.
    private func answer(_ question: DocumentQuestion, since start: NIODeadline, _ context: ChannelHandlerContext)
        -> Bool
    {
        guard let reader = self.reader, let answer = try? self.answer(question, reader, context) else { return false }
        self.send(answer, question, since: start, context)
        return true
    }

    private func answer(
        _ question: DocumentQuestion,
        _ reader: SQLiteDocumentReader,
        _ context: ChannelHandlerContext
    ) throws -> DocumentAnswer? {
        // First: what is read afterwards is of this state or a later one.
        let state = reader.state()
        let bytes = { (hash: ContentHash) in try self.lane.bodies.blob(hash, reader) }
        if let document = self.lane.known.document(at: question.key, in: state) {
            return try self.answer(question, document, context, bytes)
        }
        return try reader.withDocument(at: question.key) { document in
            self.lane.known.keep(document, at: question.key, in: state)
            return try self.answer(question, document, context, bytes)
        } ?? nil
    }

    // MARK: Answers

    private func answer(
        _ question: DocumentQuestion,
        _ document: KnownDocument,
        _ context: ChannelHandlerContext,
        _ bytes: (ContentHash) throws -> Blob?
    ) throws -> DocumentAnswer? {
        // As the guard has it say for all others.
        let isEnd = self.connection.isLast && self.connection.unanswered <= 1
        let isSaid = self.connection.isLast || self.connection.speaksHTTP10
        return try DocumentAnswer(
            question,
            document,
            isPrivate: self.lane.readers != nil,
            connection: isEnd ? "close" : isSaid ? "keep-alive" : nil,
            serverName: self.lane.serverName,
            context.channel.allocator,
            bytes
        )
    }

    private func send(
        _ answer: DocumentAnswer,
        _ question: DocumentQuestion,
        since start: NIODeadline,
        _ context: ChannelHandlerContext
    ) {
        guard let socket = self.socket else { return }
        let taken = context.eventLoop.makePromise(of: Void.self)
        let isEnd = self.connection.isLast && self.connection.unanswered <= 1
        self.connection.beginAnswer()
        self.connection.send(answer.bytes, taken, socket) { NIOAny(IOData.byteBuffer($0)) }
        self.connection.answered(taken)
        if isEnd { taken.futureResult.assumeIsolated().whenSuccess { socket.close(mode: .output, promise: nil) } }
        socket.flush()
        self.lane.metrics.record(
            route: question.route,
            status: answer.status,
            seconds: Double((NIODeadline.now() - start).nanoseconds) / 1e9
        )
    }
}
