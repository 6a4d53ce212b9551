package import AsyncHTTPClient
import FoundationEssentials
package import NIOCore
package import NIOHTTP1
package import Transport

/// One request, as it goes out.
package struct UpstreamRequest: Sendable {
    /// How long an answer may take in all, in times of ``UpstreamClient/Configuration/timeout``.
    package enum Length: Int {
        /// An answer of the API, or a small one.
        case whole = 5
        /// A log or a listing.
        case streamed = 15
        /// The archive of a version.
        case archive = 60
    }

    package var method: HTTPMethod
    package var url: String
    package var headers: [(name: String, value: String)] = []
    package var body: String?
    package var length = Length.whole
    /// The configured URL whose answer named ``url``, where that is on another host: the address that is connected to is
    /// judged then.
    package var namedBy: String?
    package var redirects = RedirectPolicy.configured
    /// Whether what leads to another host leads there without its query, in which services pass on what credentials allow.
    package var dropsQueries = false
    /// Whether the answer may come packed.
    ///
    /// Some servers call the gzip of a file that is one theirs.
    package var acceptsPacked = true

    package init(
        method: HTTPMethod,
        url: String,
        headers: [(name: String, value: String)] = [],
        body: String? = nil,
        length: Length = .whole,
        namedBy: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.length = length
        self.namedBy = namedBy
    }

    package var label: RequestLabel { RequestLabel(method: self.method.rawValue, url: self.url) }

    /// - Parameter redirect: Where it goes instead; to another host nothing goes along.
    package func httpRequest(userAgent: String, redirect: Redirect?) throws -> HTTPClient.Request {
        let encoding = self.acceptsPacked ? "gzip" : "identity"
        var headers: HTTPHeaders = ["User-Agent": userAgent, "Accept-Encoding": encoding]
        if redirect?.isElsewhere != true {
            for (name, value) in self.headers { headers.add(name: name, value: value) }
        }
        return try HTTPClient.Request(
            url: redirect?.url.absoluteString ?? self.url,
            method: self.method,
            headers: headers,
            body: self.body.map { .byteBuffer(ByteBuffer(string: $0)) }
        )
    }
}

/// An answer whose body is still coming in.
package struct UpstreamAnswer: Sendable {
    package let label: RequestLabel
    package let status: HTTPResponseStatus
    package let headers: HTTPHeaders
    private let stream: AnswerStream

    package init(_ head: HTTPResponseHead, _ stream: AnswerStream, label: RequestLabel) {
        self.label = label
        self.status = head.status
        self.headers = head.headers
        self.stream = stream
    }

    /// Hands each piece of the body, decompressed, to `consume`, until that returns false or the body has ended as it
    /// should.
    ///
    /// To be called once.
    ///
    /// - Throws: ``UpstreamError`` when the connection fails or the body comes in too slowly, `CancellationError`, or
    ///   what `consume` throws.
    package func forEachChunk(_ consume: (ByteBuffer) throws -> Bool) async throws {
        try await self.forEachChunk(asItCame: { _ in }, consume)
    }

    private func forEachChunk(
        asItCame: (ByteBuffer) throws -> Void,
        _ consume: (ByteBuffer) throws -> Bool
    ) async throws {
        let inflater = try self.inflater()
        while let chunk = try await self.next() {
            try asItCame(chunk)
            do {
                guard try inflater?.unpack(chunk, consume) ?? consume(chunk) else { return }
            } catch is BodyInflater.Failure {
                throw self.label.error(.malformed, "the answer can't be unpacked", isRetryable: true)
            }
        }
        // A cancelled task sees its body end early; that must not look like a short answer.
        try Task.checkCancellation()
        guard inflater?.isComplete ?? true else {
            throw self.label.error(.truncated, "the packed answer ended before its end", isRetryable: true)
        }
    }

    /// What unpacks the body; nil where it is not packed.
    private func inflater() throws -> BodyInflater? {
        switch self.headers.first(name: "Content-Encoding")?.lowercased() {
        case nil, "", "identity": return nil
        case "gzip", "x-gzip", "deflate": return BodyInflater()
        default:
            throw self.label.error(
                .malformed,
                "the answer is packed in a way that was not asked for",
                isRetryable: true
            )
        }
    }

    private func next() async throws -> ByteBuffer? {
        do {
            return try await self.stream.next()
        } catch {
            throw UpstreamError.transport(error, label: self.label, duringBody: true)
        }
    }

    /// The whole body.
    ///
    /// - Parameter onBytes: Called with how many bytes are about to be kept.
    /// - Throws: ``UpstreamError`` with `tooLarge` as soon as there is more than `limit`, with `timeout` when it comes in
    ///   too slowly; or what `onBytes` throws.
    package func collect(upTo limit: Int, onBytes: (Int) throws -> Void = { _ in }) async throws -> [UInt8] {
        try await self.collect(upTo: limit, onBytes: onBytes, asItCame: { _ in })
    }

    private func collect(
        upTo limit: Int,
        onBytes: (Int) throws -> Void,
        asItCame: (ByteBuffer) throws -> Void
    ) async throws -> [UInt8] {
        if let length = self.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > limit {
            throw self.tooLarge(limit)
        }
        var bytes: [UInt8] = []
        try await self.forEachChunk(asItCame: asItCame) { chunk in
            guard bytes.count + chunk.readableBytes <= limit else { throw self.tooLarge(limit) }
            try onBytes(chunk.readableBytes)
            bytes.append(contentsOf: chunk.readableBytesView)
            return true
        }
        return bytes
    }

    /// The whole body, with the gzip that it came in; nil where it came otherwise.
    ///
    /// - Throws: As ``collect(upTo:)``.
    package func collectPacked(
        upTo limit: Int,
        onBytes: (Int) throws -> Void = { _ in }
    ) async throws -> (bytes: [UInt8], packed: [UInt8]?) {
        guard ["gzip", "x-gzip"].contains(self.headers.first(name: "Content-Encoding")?.lowercased()) else {
            return (try await self.collect(upTo: limit, onBytes: onBytes), nil)
        }
        var packed: [UInt8] = []
        let bytes = try await self.collect(upTo: limit, onBytes: onBytes) { chunk in
            // What unpacks to nothing has no end by itself.
            guard packed.count + chunk.readableBytes <= limit else { throw self.tooLarge(limit) }
            try onBytes(chunk.readableBytes)
            packed.append(contentsOf: chunk.readableBytesView)
        }
        // Whatever the header says, zlib's own form is unpacked as well, and is no gzip.
        return (bytes, packed.starts(with: Self.gzipSign) ? packed : nil)
    }

    /// RFC 1952, 2.3.1: what gzip begins with.
    private static let gzipSign: [UInt8] = [0x1F, 0x8B]

    private func tooLarge(_ limit: Int) -> UpstreamError {
        self.label.error(.tooLarge, "the answer has more than \(limit) bytes; it was not read", isRetryable: false)
    }

    /// An error for a status that has no reading here.
    package func unexpectedStatus(expected: String) -> UpstreamError {
        let code = Int(self.status.code)
        var error = self.label.error(
            .unexpectedStatus,
            // The usual name of the status: the one in the answer may be any text.
            "status \(code) \(HTTPResponseStatus(statusCode: code).reasonPhrase), expected \(expected)",
            isRetryable: code == 408 || code == 425 || code == 429 || code >= 500
        )
        error.status = code
        error.retryAfter = RetryAfter.duration(self.headers)
        if let pause = error.retryAfter { error.detail += "; asks to wait \(pause.components.seconds) s" }
        return error
    }
}
