import AsyncHTTPClient
import Foundation
import NIOCore
import Testing

@testable import Upstream

/// What an operator reads of a connection that failed.
@Suite struct ConnectionCauseTests {
    @Test func `why a connection failed is said in words, without numbers of errors and names of types`() {
        let refused = IOError(errnoCode: ECONNREFUSED, reason: "connection reset (error set)")
        #expect(ConnectionCause(refused).description == "connection refused")
        #expect(ConnectionCause(HTTPClientError.connectTimeout).description == "connect timeout")
        #expect(ConnectionCause(HTTPClientError.remoteConnectionClosed).description == "remote connection closed")
    }
}
