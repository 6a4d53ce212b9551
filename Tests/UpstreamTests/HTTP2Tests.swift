import NIOHTTP1
import Resilience
import Synchronization
import TestSupport
import Testing
import Upstream

/// HTTP/2 where upstream offers it, which is by TLS.
@Suite struct HTTP2Tests {
    /// Holds requests until as many are under way as may be, and counts them.
    private final class Gate: Sendable {
        private struct State {
            var underWay = 0
            var most = 0
            var waiting: [CheckedContinuation<Void, Never>] = []
        }

        private let state = Mutex(State())
        private let size: Int

        init(size: Int) { self.size = size }

        var most: Int { self.state.withLock { $0.most } }

        func pass() async {
            await withCheckedContinuation { continuation in
                let released = self.state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    state.underWay += 1
                    state.most = max(state.most, state.underWay)
                    state.waiting.append(continuation)
                    guard state.waiting.count == self.size else { return [] }
                    defer { state.waiting = [] }
                    return state.waiting
                }
                for continuation in released { continuation.resume() }
            }
            // Before the answer: the next request may come as soon as that is sent.
            self.state.withLock { $0.underWay -= 1 }
        }
    }

    private func get(_ connection: TestUpstream.Connection, _ path: String) async throws -> Int {
        try await connection.client.send(UpstreamRequest(method: .GET, url: connection.url + path)) { answer in
            try await answer.collect(upTo: 1 << 20).count
        }
    }

    /// Asks 40 times at once, of which 4 may be under way.
    private func ask(
        offering protocols: [String],
        _ body: (TestUpstream) throws -> Void
    ) async throws {
        let gate = Gate(size: 4)
        // More than a window of HTTP/2 lets through at once.
        let answer = TestUpstream.Reaction.answer(200, body: Array(repeating: 97, count: 200_000))
        let certificate = try await TestCertificate(offering: protocols)
        try await TestUpstream.with(
            .forTests(concurrency: 4),
            certificate: certificate,
            script: { request in
                if request.uri != "/first" { await gate.pass() }
                return answer
            }
        ) { connection in
            #expect(try await self.get(connection, "/first") == 200_000)
            let opened = connection.server.connections
            let sizes = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 1...40 { group.addTask { try await self.get(connection, "/\(number)") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(sizes == Array(repeating: 200_000, count: 40))
            #expect(gate.most == 4 && connection.client.requestCount == 41)
            if protocols.contains("h2") { #expect(connection.server.connections == opened) }
            try body(connection.server)
        }
    }

    @Test func `HTTP/2 is spoken where it is offered, and its streams count as requests at once`() async throws {
        try await self.ask(offering: ["h2", "http/1.1"]) { server in
            #expect(server.requests.allSatisfy { $0.version == .http2 })
        }
    }

    @Test func `where HTTP/2 is not offered HTTP/1_1 is spoken`() async throws {
        try await self.ask(offering: ["http/1.1"]) { server in
            #expect(server.requests.allSatisfy { $0.version == .http1_1 })
        }
    }

    @Test func `over HTTP/2 a passing failure is tried again, and Retry-After is obeyed`() async throws {
        let certificate = try await TestCertificate(offering: ["h2"])
        try await TestUpstream.with(
            certificate: certificate,
            script: { request in
                request.number == 1 ? .status(429, headers: [("Retry-After", "120")]) : .ok("ok")
            }
        ) { connection in
            let size = try await connection.client.send(
                UpstreamRequest(method: .GET, url: connection.url + "/")
            ) { answer in
                guard answer.status == .ok else { throw answer.unexpectedStatus(expected: "200") }
                return try await answer.collect(upTo: 10).count
            }
            #expect(size == 2 && connection.server.requests.map(\.version) == [.http2, .http2])
            #expect(connection.clock.waits.contains { $0 >= .seconds(120) })
        }
    }

    @Test func `a certificate that nobody vouches for is not trusted`() async throws {
        let certificate = try await TestCertificate(offering: ["h2"])
        let other = try await TestCertificate(offering: ["h2"])
        try await TestUpstream.with(
            .forTests(attempts: 1),
            certificate: certificate.trusting(other),
            script: { _ in .ok("never") }
        ) { connection in
            await #expect(throws: UpstreamError.self) { try await self.get(connection, "/") }
            #expect(connection.server.requests.isEmpty)
        }
    }
}
