import Composer
import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Store
import Synchronization

/// What reads documents on the event loops of a server, one for each.
final class LocalDocuments: Sendable {
    private let store: Store
    private let readers = Mutex<[ObjectIdentifier: NIOLoopBound<any DocumentReader>]>([:])

    init(store: Store) { self.store = store }

    /// The reader of an event loop, on which this is called; nil over a database that is not a file here.
    func reader(on eventLoop: any EventLoop) -> (any DocumentReader)? {
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
final class HotDocuments: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let documents: LocalDocuments
    private let metrics: RequestMetrics
    private let serverName: String
    private var reader: (any DocumentReader)?
    /// A request that may be answered here, until its end is read.
    private var asked: (request: HTTPRequest, key: String)?
    /// Requests that were handed on and are not answered yet.
    private var handedOn = 0
    private var holdsRead = false

    init(documents: LocalDocuments, metrics: RequestMetrics, serverName: String) {
        self.documents = documents
        self.metrics = metrics
        self.serverName = serverName
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.reader = self.documents.reader(on: context.eventLoop)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let request):
            // Answers keep the order of the requests.
            if self.handedOn == 0, self.reader != nil, let key = Self.key(of: request) {
                self.asked = (request, key)
                return
            }
            self.handedOn += 1
        case .body: break
        case .end:
            guard let (request, key) = self.asked else { break }
            self.asked = nil
            if self.answer(request, key, context) { return }
            self.handedOn += 1
            context.fireChannelRead(self.wrapInboundOut(.head(request)))
        }
        context.fireChannelRead(data)
    }

    /// The document that a request asks for; nil for what is not a plain question for one.
    private static func key(of request: HTTPRequest) -> String? {
        guard request.method == .get || request.method == .head, let path = request.path,
            path.hasPrefix("/p2/") || path == "/packages.json"
        else { return nil }
        let fields = request.headerFields
        guard fields[.contentLength] == nil, fields[.transferEncoding] == nil, fields[.expect] == nil else {
            return nil
        }
        if let connection = fields[.connection], connection.lowercased() != "keep-alive" { return nil }
        return DocumentRoutes.key(String(path.dropFirst()))
    }

    // MARK: Answers

    /// - Returns: False where the routes are to answer: there is no such document, or the file can't be read at once.
    private func answer(_ request: HTTPRequest, _ key: String, _ context: ChannelHandlerContext) -> Bool {
        let start = NIODeadline.now()
        guard let reader, let found = try? reader.document(at: key) else { return false }
        let isCompressed = request.headerFields.acceptsGzip
        let seconds = found.changedAtMilliseconds / 1_000
        let etag = Representation.etag(of: found.content, isCompressed: isCompressed)
        var response = HTTPResponse(
            status: .notModified,
            headerFields: Representation.validators(etag: etag, secondsSince1970: seconds, caching: .minute)
        )
        response.headerFields.append(HTTPField(name: .server, value: self.serverName))
        response.headerFields.append(HTTPField(name: .date, value: HTTPDate.textNow()))
        var body: ByteBuffer?
        if !request.headerFields.hasCurrent(etag: etag, modifiedSecondsSince1970: seconds) {
            guard let content = try? reader.content(found.content),
                let bytes = try? content.bytes(isCompressed: isCompressed)
            else { return false }
            response.status = .ok
            if isCompressed { response.headerFields.append(HTTPField(name: .contentEncoding, value: "gzip")) }
            response.headerFields.append(HTTPField(name: .contentLength, value: "\(bytes.count)"))
            if request.method == .get { body = ByteBuffer(bytes: bytes) }
        }
        context.write(self.wrapOutboundOut(.head(response)), promise: nil)
        if let body { context.write(self.wrapOutboundOut(.body(body)), promise: nil) }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        self.metrics.record(
            route: key == RootDocument.path ? "/packages.json" : "/p2/{vendor}/{file}",
            status: response.status.code,
            seconds: Double((NIODeadline.now() - start).nanoseconds) / 1e9
        )
        return true
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = self.unwrapOutboundIn(data) { self.handedOn -= 1 }
        context.write(data, promise: promise)
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
        guard self.holdsRead, context.channel.isWritable else { return }
        self.holdsRead = false
        context.read()
    }
}
