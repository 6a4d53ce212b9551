import HTTPTypes
import Hummingbird
import NIOCore

/// An answer before it is handed to the server, open to be spoilt by a fault.
struct Reply: Sendable {
    enum Body: Sendable {
        case empty
        case buffer(ByteBuffer)
        /// One after the other, with the length of all.
        case pieces([ByteBuffer])
        case stream(@concurrent @Sendable (inout any ResponseBodyWriter) async throws -> Void)
    }

    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: Body

    init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: Body = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    init(status: HTTPResponse.Status = .ok, contentType: String, _ bytes: [UInt8]) {
        self.init(status: status, headers: [.contentType: contentType], body: .buffer(ByteBuffer(bytes: bytes)))
    }

    init(status: HTTPResponse.Status = .ok, contentType: String, _ text: String) {
        self.init(status: status, headers: [.contentType: contentType], body: .buffer(ByteBuffer(string: text)))
    }

    /// The body, where it is known before it is written.
    var pieces: [ByteBuffer]? {
        switch self.body {
        case .empty: []
        case .buffer(let buffer): [buffer]
        case .pieces(let pieces): pieces
        case .stream: nil
        }
    }

    /// The answer to the same request by HEAD.
    var withoutBody: Reply {
        var reply = self
        switch self.body {
        case .buffer, .pieces: reply.headers[.contentLength] = "\(self.pieces?.byteCount ?? 0)"
        case .empty, .stream: break
        }
        reply.body = .empty
        return reply
    }

    /// Compressed with gzip, if it is text of upstream, whole in memory, and the client accepts that.
    func compressed(for exchange: Exchange) -> Reply {
        let isText = exchange.route.isUpstream && !exchange.route.isArchive
        guard isText, exchange.headerValue("accept-encoding").contains("gzip"), case .buffer(let buffer) = self.body,
            let bytes = Deflate.gzip(Array(buffer.readableBytesView))
        else { return self }
        var reply = self
        reply.headers[.contentEncoding] = "gzip"
        reply.headers[.vary] = "Accept-Encoding"
        reply.body = .buffer(ByteBuffer(bytes: bytes))
        return reply
    }

    var response: Response {
        switch self.body {
        case .empty where self.status == .noContent || self.status == .notModified:
            // The body's own length of 0 would be announced, which these statuses may not do.
            Response(status: self.status, headers: self.headers, body: ResponseBody { try await $0.finish(nil) })
        case .empty:
            Response(status: self.status, headers: self.headers)
        case .buffer(let buffer):
            Response(status: self.status, headers: self.headers, body: ResponseBody(byteBuffer: buffer))
        case .pieces(let pieces):
            Response(status: self.status, headers: self.headers, body: ResponseBody(contentsOf: pieces))
        case .stream(let write):
            Response(status: self.status, headers: self.headers, body: ResponseBody(write))
        }
    }

    /// All bytes of the body, copied only where nothing knows them before they are written.
    func collectedPieces() async throws -> [ByteBuffer] {
        if let pieces = self.pieces { return pieces }
        return [try await self.collected()]
    }

    /// All bytes of the body, however long.
    func collected() async throws -> ByteBuffer {
        switch self.body {
        case .empty:
            return ByteBuffer()
        case .buffer(let buffer):
            return buffer
        case .pieces(let pieces):
            return pieces.joined()
        case .stream(let write):
            let collector = CollectingWriter()
            var writer: any ResponseBodyWriter = collector
            try await write(&writer)
            return collector.buffer
        }
    }
}

/// Keeps what a streamed body writes.
private final class CollectingWriter: ResponseBodyWriter {
    var buffer = ByteBuffer()

    func write(_ buffer: ByteBuffer) async throws { self.buffer.writeImmutableBuffer(buffer) }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
