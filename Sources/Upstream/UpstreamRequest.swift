import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// One request, as it goes out.
struct UpstreamRequest: Sendable {
    var method: HTTPMethod
    var url: String
    var headers: [(name: String, value: String)] = []
    var body: String?

    var label: RequestLabel { RequestLabel(method: self.method.rawValue, url: self.url) }

    func httpRequest(userAgent: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: self.url)
        request.method = self.method
        request.headers.add(name: "User-Agent", value: userAgent)
        request.headers.add(name: "Accept-Encoding", value: "gzip")
        for (name, value) in self.headers { request.headers.add(name: name, value: value) }
        if let body = self.body { request.body = .bytes(ByteBuffer(string: body)) }
        return request
    }
}

/// An answer whose body is still coming in.
struct UpstreamAnswer: Sendable {
    let label: RequestLabel
    let status: HTTPResponseStatus
    let headers: HTTPHeaders
    private let body: HTTPClientResponse.Body
    private let isOverdue: @Sendable () -> Bool

    init(_ response: HTTPClientResponse, label: RequestLabel, isOverdue: @escaping @Sendable () -> Bool) {
        self.label = label
        self.status = response.status
        self.headers = response.headers
        self.body = response.body
        self.isOverdue = isOverdue
    }

    /// Hands each piece of the body, decompressed, to `consume`, until that returns false or the body has ended as it
    /// should.
    ///
    /// To be called once.
    ///
    /// - Throws: ``UpstreamError`` when the connection fails, `CancellationError`, or what `consume` throws.
    func forEachChunk(_ consume: (ByteBuffer) throws -> Bool) async throws {
        let inflater = try self.inflater()
        var thrown: (any Error)?
        do {
            for try await chunk in self.body {
                do {
                    guard try inflater?.unpack(chunk, consume) ?? consume(chunk) else { return }
                } catch is BodyInflater.Failure {
                    thrown = self.label.error(.malformed, "the answer can't be unpacked", isRetryable: true)
                    throw BodyInflater.Failure()
                } catch {
                    thrown = error
                    throw error
                }
            }
        } catch {
            throw thrown ?? UpstreamError.transport(error, label: self.label, duringBody: true)
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

    /// The whole body.
    ///
    /// - Throws: ``UpstreamError`` with `tooLarge` as soon as there is more than `limit`, with `timeout` when it
    ///   trickles in for longer than an answer may take.
    func collect(upTo limit: Int) async throws -> [UInt8] {
        if let length = self.headers.first(name: "Content-Length").flatMap({ Int($0) }), length > limit {
            throw self.tooLarge(limit)
        }
        var bytes: [UInt8] = []
        try await self.forEachChunk { chunk in
            guard bytes.count + chunk.readableBytes <= limit else { throw self.tooLarge(limit) }
            guard !self.isOverdue() else {
                throw self.label.error(
                    .timeout,
                    "the answer still trickled in after \(bytes.count) bytes; given up",
                    isRetryable: true
                )
            }
            bytes.append(contentsOf: chunk.readableBytesView)
            return true
        }
        return bytes
    }

    private func tooLarge(_ limit: Int) -> UpstreamError {
        self.label.error(.tooLarge, "the answer has more than \(limit) bytes; it was not read", isRetryable: false)
    }

    /// An error for a status that has no reading here.
    func unexpectedStatus(expected: String) -> UpstreamError {
        let code = Int(self.status.code)
        var error = self.label.error(
            .unexpectedStatus,
            "status \(code) \(UpstreamError.singleLine(self.status.reasonPhrase, limit: 60)), expected \(expected)",
            isRetryable: code == 408 || code == 425 || code == 429 || code >= 500
        )
        error.status = code
        error.retryAfter = RetryAfter.duration(self.headers)
        if let pause = error.retryAfter { error.detail += "; asks to wait \(pause.components.seconds) s" }
        return error
    }
}
