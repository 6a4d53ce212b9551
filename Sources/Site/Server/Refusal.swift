import NIOCore
import NIOHTTP1

/// What a client is told instead of an answer, before its connection is closed.
struct Refusal {
    static let host = Refusal(.badRequest, "a request of HTTP/1.1 has exactly one Host, which names a host")
    static let malformed = Refusal(.badRequest, "this is no request of HTTP/1.1")
    static let header = Refusal(.requestHeaderFieldsTooLarge, "the head of the request is too large")
    static let crowded = Refusal(.serviceUnavailable, "too many answers wait to be taken; try again", retryAfter: 2)

    static func longTarget(_ most: Int) -> Refusal {
        Refusal(.uriTooLong, "a path with its query has at most \(most) bytes")
    }

    let head: HTTPResponseHead
    let body: ByteBuffer
    /// False where HEAD was asked.
    var hasBody = true

    private init(_ status: HTTPResponseStatus, _ message: String, retryAfter seconds: Int? = nil) {
        self.body = ByteBuffer(string: "{\"error\":\"\(message)\"}")
        var headers: HTTPHeaders = [
            "Content-Type": "application/json", "Content-Length": "\(self.body.readableBytes)", "Connection": "close",
        ]
        if let seconds { headers.add(name: "Retry-After", value: "\(seconds)") }
        self.head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }
}
