import Composer
import NIOCore
import Store
import Wire

/// A whole answer as it goes over the wire.
///
/// SwiftNIO's way through `HTTPResponseHead` takes a fifth of the time that such a request takes in all. None of what is
/// written here comes from a client.
struct DocumentAnswer {
    let status: Int
    private(set) var bytes: ByteBuffer

    /// - Parameters:
    ///   - isPrivate: Whether credentials were asked for: what ``Authentication`` says of an answer then is said here.
    ///   - connection: What is said of it, if anything.
    ///   - read: Asked for the document's bytes, unless the client has them.
    /// - Returns: nil where there are no bytes.
    init?(
        _ question: DocumentQuestion,
        _ document: KnownDocument,
        isPrivate: Bool,
        connection: String?,
        serverName: String,
        _ allocator: ByteBufferAllocator,
        _ read: (ContentHash) throws -> Blob?
    ) throws {
        let isCompressed = question.conditions.acceptsGzip
        let isCurrent = question.isAnswered(by: document)
        var body: [UInt8]?
        if !isCurrent {
            guard let blob = try read(document.content) else { return nil }
            body = try blob.bytes(isCompressed: isCompressed)
        }
        var bytes = allocator.buffer(capacity: 512 + (body?.count ?? 0))
        bytes.writeStaticString(isCurrent ? "HTTP/1.1 304 Not Modified\r\n" : "HTTP/1.1 200 OK\r\n")
        func write(_ name: String, _ value: String) {
            bytes.writeString(name)
            bytes.writeStaticString(": ")
            bytes.writeString(value)
            bytes.writeStaticString("\r\n")
        }
        for (name, value) in Representation.validators(
            etag: Representation.etag(document.tag, isCompressed: isCompressed),
            lastModified: document.lastModified,
            caching: DocumentRoutes.caching(of: question.key),
            isPrivate: isPrivate
        ) {
            write(name, value)
        }
        write("Server", serverName)
        write("Date", HTTPDate.textNow())
        if let connection { write("Connection", connection) }
        if let body {
            if isCompressed { write("Content-Encoding", "gzip") }
            write("Content-Length", String(body.count))
        }
        bytes.writeStaticString("\r\n")
        if let body, question.wantsBody { bytes.writeBytes(body) }
        self.status = isCurrent ? 304 : 200
        self.bytes = bytes
    }
}
