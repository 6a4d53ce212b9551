package import NIOCore

/// What one client, and all clients together, may take of the server.
package struct ServerLimits: Sendable {
    /// Connections at once; one more is closed at once.
    package var connections = 20_000
    /// Requests at work at once; one more is answered with 503.
    package var requests = 1_000
    /// From connecting to a complete head of a request.
    package var headTimeout = TimeAmount.seconds(10)
    /// From the head of a request to the end of its body.
    package var bodyTimeout = TimeAmount.seconds(30)
    /// From a request to the client's having taken all of the answer.
    package var responseTimeout = TimeAmount.seconds(120)
    /// From an answer to the next request on the same connection.
    package var idleTimeout = TimeAmount.seconds(60)
    /// Bytes of the path and query of a request; a longer one is answered with 414.
    package var targetBytes = 2_048
    /// Bytes of one header field, and of the request line; more are answered with 431.
    package var headerFieldBytes = 8_192
    /// Bytes of all header fields together.
    package var headerBytes = 16_384
    package var headerFields = 100
    /// Bytes of the body of a request.
    package var bodyBytes = 65_536

    package init() {}
}
