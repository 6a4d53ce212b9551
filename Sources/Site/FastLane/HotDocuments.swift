import Composer
import NIOCore
import NIOHTTP1
import Store
import Wire

/// Answers GET and HEAD of documents right where requests arrive; hands everything else on.
///
/// The way through tasks and to a database thread takes several times the work of the answer itself. What is answered
/// here is what ``DocumentRoutes`` would answer; a test compares the two.
final class HotDocuments: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let lane: FastLane
    private let connection: ConnectionGuard
    private var reader: SQLiteDocumentReader?
    /// Where answers are written: behind the encoder, to the socket.
    private var socket: ChannelHandlerContext?
    /// A request that may be answered here, until its end is read.
    private var asked: (request: HTTPRequestHead, question: DocumentQuestion)?

    init(lane: FastLane, connection: ConnectionGuard) {
        self.lane = lane
        self.connection = connection
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.socket = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        self.reader = self.lane.reader(on: context.eventLoop)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.socket = nil }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let request):
            // Answers keep the order of the requests; for a client that does not take them they are not made yet.
            if self.connection.unanswered <= 1, context.channel.isWritable, self.reader != nil,
                let question = DocumentQuestion(request)
            {
                self.asked = (request, question)
                return
            }
        case .body: break
        case .end:
            guard let (request, question) = self.asked else { break }
            self.asked = nil
            if self.answer(question, context) { return }
            context.fireChannelRead(self.wrapInboundOut(.head(request)))
        }
        context.fireChannelRead(data)
    }

    // MARK: Answers

    /// - Returns: False where the routes are to answer: there is no such document, or the file can't be read at once.
    private func answer(_ question: DocumentQuestion, _ context: ChannelHandlerContext) -> Bool {
        let start = NIODeadline.now()
        guard let socket = self.socket, let reader = self.reader,
            let answer = try? self.answer(question, reader, context.channel.allocator)
        else { return false }
        let taken = context.eventLoop.makePromise(of: Void.self)
        self.connection.answered(taken, context)
        self.connection.send(answer.bytes, taken, socket) { NIOAny(IOData.byteBuffer($0)) }
        socket.flush()
        self.lane.metrics.record(
            route: question.key == RootDocument.path ? "/packages.json" : "/p2/{vendor}/{file}",
            status: answer.status,
            seconds: Double((NIODeadline.now() - start).nanoseconds) / 1e9
        )
        return true
    }

    private func answer(
        _ question: DocumentQuestion,
        _ reader: SQLiteDocumentReader,
        _ allocator: ByteBufferAllocator
    ) throws -> (status: Int, bytes: ByteBuffer)? {
        // First: what is read afterwards is of this state or a later one.
        let state = reader.state()
        if let document = self.lane.known.document(at: question.key, in: state) {
            return try self.answer(question, document, reader, allocator)
        }
        return try reader.withDocument(at: question.key) { row in
            let document = KnownDocument(row)
            self.lane.known.keep(document, at: question.key, in: state)
            return try self.answer(question, document, reader, allocator)
        }
    }

    /// The whole answer as it goes over the wire.
    ///
    /// SwiftNIO's way through `HTTPResponseHead` takes a fifth of the time that such a request takes in all. None of what
    /// is written here comes from a client.
    private func answer(
        _ question: DocumentQuestion,
        _ document: KnownDocument,
        _ reader: SQLiteDocumentReader,
        _ allocator: ByteBufferAllocator
    ) throws -> (status: Int, bytes: ByteBuffer) {
        let isCompressed = question.conditions.acceptsGzip
        let etag = Representation.etag(of: document.content, isCompressed: isCompressed)
        let isCurrent = question.conditions.clientHas(
            etag: etag,
            modifiedSecondsSince1970: document.lastModifiedSeconds
        )
        let body = isCurrent ? nil : try reader.blob(document.content).bytes(isCompressed: isCompressed)
        var bytes = allocator.buffer(capacity: 512 + (body?.count ?? 0))
        bytes.writeStaticString(isCurrent ? "HTTP/1.1 304 Not Modified\r\n" : "HTTP/1.1 200 OK\r\n")
        func write(_ name: String, _ value: String) {
            bytes.writeString(name)
            bytes.writeStaticString(": ")
            bytes.writeString(value)
            bytes.writeStaticString("\r\n")
        }
        for (name, value) in Representation.validators(
            etag: etag,
            lastModified: document.lastModified,
            caching: .minute
        ) {
            write(name, value)
        }
        write("Server", self.lane.serverName)
        write("Date", HTTPDate.textNow())
        if let body {
            if isCompressed { write("Content-Encoding", "gzip") }
            write("Content-Length", String(body.count))
        }
        bytes.writeStaticString("\r\n")
        if let body, question.wantsBody { bytes.writeBytes(body) }
        return (isCurrent ? 304 : 200, bytes)
    }
}
