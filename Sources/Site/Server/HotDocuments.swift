import Composer
import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Store
import Synchronization

/// The shelves of a server, one for each of its event loops.
final class DocumentShelves: Sendable {
    /// Of all shelves together.
    private static let capacityBytes = 32 << 20

    private let store: Store
    private let serverName: String
    private let shelves = Mutex<[ObjectIdentifier: NIOLoopBound<DocumentShelf>]>([:])

    init(store: Store, serverName: String) {
        self.store = store
        self.serverName = serverName
    }

    /// The shelf of an event loop, on which this is called; nil over a database that is not next to this process.
    func shelf(on eventLoop: any EventLoop) -> DocumentShelf? {
        let id = ObjectIdentifier(eventLoop)
        if let shelf = self.shelves.withLock({ $0[id] }) { return shelf.value }
        guard let probe = try? self.store.documentProbe() else { return nil }
        let shelf = DocumentShelf(
            probe: probe,
            capacityBytes: Self.capacityBytes / System.coreCount,
            serverName: self.serverName
        )
        let bound = NIOLoopBound(shelf, eventLoop: eventLoop)
        self.shelves.withLock { $0[id] = bound }
        return shelf
    }

    func document(at key: String) async throws -> (content: Blob, changedAtMilliseconds: Int64)? {
        try await self.store.document(at: key)
    }
}

/// Answers GET and HEAD of documents right where requests arrive; hands everything else on.
///
/// The way through tasks and back takes several times the work of the answer itself. What is answered here is what
/// ``DocumentRoutes`` would answer: a test compares the two.
final class HotDocuments: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// A request that is answered here.
    private struct Asked {
        var request: HTTPRequest
        var key: String
        var start: NIODeadline
    }

    /// Documents that are read at once for one event loop; more requests take the way that counts them.
    private static let mostLoading = 250

    private let shelves: DocumentShelves
    private let metrics: RequestMetrics
    private var shelf: DocumentShelf?
    private var context: ChannelHandlerContext?
    private var asked: Asked?
    /// Requests that were handed on and are not answered yet.
    private var handedOn = 0
    private var isLoading = false
    /// What came while a document was being read.
    private var waiting = CircularBuffer<HTTPRequestPart>()
    private var holdsRead = false

    init(shelves: DocumentShelves, metrics: RequestMetrics) {
        self.shelves = shelves
        self.metrics = metrics
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.shelf = self.shelves.shelf(on: context.eventLoop)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.isLoading {
            self.waiting.append(self.unwrapInboundIn(data))
        } else {
            self.take(self.unwrapInboundIn(data), context)
        }
    }

    private func take(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let request):
            // Answers keep the order of the requests.
            if self.handedOn == 0, self.shelf != nil, let key = Self.key(of: request) {
                self.asked = Asked(request: request, key: key, start: .now())
                return
            }
            self.handedOn += 1
        case .body: break
        case .end:
            if let asked {
                self.asked = nil
                self.answer(asked, context)
                return
            }
        }
        context.fireChannelRead(self.wrapInboundOut(part))
    }

    /// The document that a request asks for; nil for what is not a plain question for one.
    private static func key(of request: HTTPRequest) -> String? {
        guard request.method == .get || request.method == .head, let path = request.path,
            path.hasPrefix("/p2/") || path == "/packages.json"
        else { return nil }
        let fields = request.headerFields
        guard fields[.contentLength] == nil, fields[.transferEncoding] == nil, fields[.expect] == nil else { return nil }
        if let connection = fields[.connection], connection.lowercased() != "keep-alive" { return nil }
        return DocumentRoutes.key(String(path.dropFirst()))
    }

    // MARK: Answers

    private func answer(_ asked: Asked, _ context: ChannelHandlerContext) {
        guard let shelf = self.shelf else { return }
        if self.send(asked, from: shelf, context) { return }
        guard shelf.loading < Self.mostLoading, let version = shelf.version() else {
            self.handOn(asked, context)
            return
        }
        self.isLoading = true
        shelf.loading += 1
        let (shelves, key) = (self.shelves, asked.key)
        let document = context.eventLoop.makeFutureWithTask { try await shelves.document(at: key) }
        document.assumeIsolated().whenComplete { result in
            shelf.loading -= 1
            self.isLoading = false
            guard let context = self.context else { return }
            if case .success(let document?) = result {
                shelf.keep(
                    key,
                    document.content,
                    changedAtMilliseconds: document.changedAtMilliseconds,
                    version: version
                )
            }
            // What is not there, can't be read or has changed meanwhile takes the usual way.
            if !self.send(asked, from: shelf, context) { self.handOn(asked, context) }
            self.goOn(context)
        }
    }

    private func send(_ asked: Asked, from shelf: DocumentShelf, _ context: ChannelHandlerContext) -> Bool {
        let fields = asked.request.headerFields
        guard let (form, seconds) = shelf.find(asked.key, isCompressed: fields.acceptsGzip) else { return false }
        let isCurrent = fields.hasCurrent(etag: form.etag, modifiedSecondsSince1970: seconds)
        var response = HTTPResponse(
            status: isCurrent ? .notModified : .ok,
            headerFields: isCurrent ? form.unchangedHeaders : form.headers
        )
        response.headerFields[.date] = shelf.dateText()
        context.write(self.wrapOutboundOut(.head(response)), promise: nil)
        if !isCurrent, asked.request.method == .get {
            context.write(self.wrapOutboundOut(.body(form.body)), promise: nil)
        }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        self.metrics.record(
            route: asked.key == RootDocument.path ? "/packages.json" : "/p2/{vendor}/{file}",
            status: response.status.code,
            seconds: Double((NIODeadline.now() - asked.start).nanoseconds) / 1e9
        )
        return true
    }

    private func handOn(_ asked: Asked, _ context: ChannelHandlerContext) {
        self.handedOn += 1
        context.fireChannelRead(self.wrapInboundOut(.head(asked.request)))
        context.fireChannelRead(self.wrapInboundOut(.end(nil)))
    }

    private func goOn(_ context: ChannelHandlerContext) {
        while !self.isLoading, !self.waiting.isEmpty { self.take(self.waiting.removeFirst(), context) }
        // What comes next in the pipeline takes what was read when a read is complete.
        context.fireChannelReadComplete()
        self.readOn(context)
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
        guard self.holdsRead, !self.isLoading, context.channel.isWritable else { return }
        self.holdsRead = false
        context.read()
    }
}
