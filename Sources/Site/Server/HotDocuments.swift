import Composer
import NIOCore
import NIOHTTP1
import Store
import Synchronization

/// What reads documents on the event loops of a server, one for each.
final class LocalDocuments: Sendable {
    let known = KnownDocuments()
    private let store: Store
    private let readers = Mutex<[ObjectIdentifier: NIOLoopBound<SQLiteDocumentReader>]>([:])

    init(store: Store) { self.store = store }

    /// The reader of an event loop, on which this is called; nil over a database that is not a file here.
    func reader(on eventLoop: any EventLoop) -> SQLiteDocumentReader? {
        let id = ObjectIdentifier(eventLoop)
        if let reader = self.readers.withLock({ $0[id] }) { return reader.value }
        guard let reader = try? self.store.documentReader() else { return nil }
        let bound = NIOLoopBound(reader, eventLoop: eventLoop)
        self.readers.withLock { $0[id] = bound }
        return reader
    }
}

/// Answers GET and HEAD of documents right where requests arrive; hands everything else on.
///
/// The way through tasks and to a database thread takes several times the work of the answer itself. What is answered
/// here is what ``DocumentRoutes`` would answer; a test compares the two.
final class HotDocuments: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let documents: LocalDocuments
    private let metrics: RequestMetrics
    private let serverName: String
    private let connection: ConnectionGuard
    private var reader: SQLiteDocumentReader?
    /// Where answers are written: behind the encoder, to the socket.
    private var socket: ChannelHandlerContext?
    /// A request that may be answered here, until its end is read.
    private var asked: (request: HTTPRequestHead, question: DocumentQuestion)?

    init(documents: LocalDocuments, connection: ConnectionGuard, metrics: RequestMetrics, serverName: String) {
        self.documents = documents
        self.connection = connection
        self.metrics = metrics
        self.serverName = serverName
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.socket = try? context.pipeline.syncOperations.context(handlerType: HTTPResponseEncoder.self)
        self.reader = self.documents.reader(on: context.eventLoop)
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
        self.metrics.record(
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
        if let document = self.documents.known.document(at: question.key, in: state) {
            return try self.answer(question, document, reader, allocator)
        }
        return try reader.withDocument(at: question.key) { row in
            let document = KnownDocument(row)
            self.documents.known.keep(document, at: question.key, in: state)
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
        write("Server", self.serverName)
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

/// A plain question for a document, as nearly all requests are.
private struct DocumentQuestion {
    var key: String
    /// False for HEAD.
    var wantsBody: Bool
    var conditions = RequestConditions()

    /// - Returns: nil for what is not plain: it has a body, is the connection's last, or repeats a field.
    init?(_ request: HTTPRequestHead) {
        guard request.method == .GET || request.method == .HEAD, request.version == .http1_1,
            request.uri.hasPrefix("/p2/") || request.uri == "/packages.json",
            let key = DocumentRoutes.key(String(request.uri.dropFirst()))
        else { return nil }
        self.key = key
        self.wantsBody = request.method == .GET
        for (name, value) in request.headers {
            // Lengths first: most fields are none of these.
            switch name.utf8.count {
            case 6 where name.lowercased() == "expect": return nil
            // Whatever else it names makes no difference, such as an offer of another protocol.
            case 10 where name.lowercased() == "connection": if value == "close" { return nil }
            case 14 where name.lowercased() == "content-length": return nil
            case 17 where name.lowercased() == "transfer-encoding": return nil
            case 15 where name.lowercased() == "accept-encoding":
                if self.conditions.acceptEncoding != nil { return nil }
                self.conditions.acceptEncoding = value
            case 13 where name.lowercased() == "if-none-match":
                if self.conditions.ifNoneMatch != nil { return nil }
                self.conditions.ifNoneMatch = value
            case 17 where name.lowercased() == "if-modified-since":
                if self.conditions.ifModifiedSince != nil { return nil }
                self.conditions.ifModifiedSince = value
            default: break
            }
        }
    }
}
