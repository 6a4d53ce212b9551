import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Store
import Synchronization
import TestSupport
import Testing

@testable import Upstream

@Suite struct UpstreamClientTests {
    func get(_ connection: TestUpstream.Connection, _ path: String = "/", limit: Int = 1 << 20) async throws -> String {
        let request = UpstreamRequest(method: .GET, url: connection.url + path)
        return try await connection.client.send(request) { answer in
            guard answer.status == .ok else { throw answer.unexpectedStatus(expected: "200") }
            return String(decoding: try await answer.collect(upTo: limit), as: UTF8.self)
        }
    }

    @Test func `a request says who asks, and takes compressed answers`() async throws {
        try await TestUpstream.with(script: { _ in .ok("hello") }) { connection in
            let text = try await self.get(connection)
            #expect(text == "hello")
            let headers = try #require(connection.server.requests.first?.headers)
            #expect(headers.first(name: "User-Agent") == "Packline/test (+https://example.org/contact)")
            #expect(headers.first(name: "Accept-Encoding") == "gzip")
        }
    }

    @Test(arguments: [408, 425, 429, 500, 502, 503, 504])
    func `a passing failure is tried again, and every try is counted`(status: Int) async throws {
        try await TestUpstream.with(script: { $0.number < 3 ? .status(status) : .ok("at last") }) { connection in
            let text = try await self.get(connection)
            #expect(text == "at last")
            #expect(connection.client.requestCount == 3)
            #expect(connection.clock.waits.count == 2)
        }
    }

    @Test(arguments: [400, 401, 403, 404, 410, 414, 422])
    func `a refusal is not tried again`(status: Int) async throws {
        try await TestUpstream.with(script: { _ in .status(status) }) { connection in
            let error = await #expect(throws: UpstreamError.self) { try await self.get(connection, "/x?y=1") }
            #expect(error?.status == status)
            #expect(error?.isRetryable == false)
            #expect(
                error?.description.hasPrefix("upstream unexpectedStatus: GET \(connection.url)/x?y=1: status \(status)")
                    == true
            )
            #expect(connection.client.requestCount == 1)
        }
    }

    @Test func `Retry-After is obeyed as a floor, and capped`() async throws {
        try await TestUpstream.with(script: { request in
            switch request.number {
            case 1: .status(429, headers: [("Retry-After", "120")])
            case 2: .status(503, headers: [("Retry-After", "86400")])
            default: .ok("ok")
            }
        }) { connection in
            _ = try await self.get(connection)
            let waits = connection.clock.waits
            #expect(waits.contains { $0 >= .seconds(120) && $0 < .seconds(121) })
            #expect(waits.contains(.seconds(600)))
            #expect(waits.allSatisfy { $0 <= .seconds(600) })
        }
    }

    @Test func `a pause that one request is told to make holds for all`() async throws {
        let turn = Mutex(0)
        try await TestUpstream.with(
            .forTests(attempts: 1),
            script: { request in
                turn.withLock { $0 += 1 }
                return request.uri == "/busy" ? .status(429, headers: [("Retry-After", "30")]) : .ok("ok")
            }
        ) { connection in
            let start = connection.clock.now
            await #expect(throws: UpstreamError.self) { try await self.get(connection, "/busy") }
            #expect(connection.clock.waits.isEmpty)
            _ = try await self.get(connection, "/other")
            #expect(start.duration(to: connection.clock.now) >= .seconds(30))
        }
    }

    @Test func `a pause that one upstream asks for is no other's`() async throws {
        try await TestUpstream.with(
            .forTests(attempts: 1),
            script: { request in
                request.uri == "/busy" ? .status(503, headers: [("Retry-After", "30")]) : .ok("ok")
            }
        ) { connection in
            let source = connection.client.limited { _ in }
            func get(_ path: String, _ client: UpstreamClient) async throws -> [UInt8] {
                try await client.send(UpstreamRequest(method: .GET, url: connection.url + path)) { answer in
                    guard answer.status == .ok else { throw answer.unexpectedStatus(expected: "200") }
                    return try await answer.collect(upTo: 100)
                }
            }
            await #expect(throws: UpstreamError.self) { try await get("/busy", source) }
            _ = try await get("/", connection.client)
            #expect(connection.clock.waits.isEmpty)
            _ = try await get("/", source)
            #expect(connection.clock.waits == [.seconds(30)])
            #expect(source.requestCount == 3 && connection.client.requestCount == 3)
        }
    }

    @Test func `an answer that does not come, or stops coming, is a timeout`() async throws {
        let configuration = UpstreamClient.Configuration.forTests(timeout: .milliseconds(150), attempts: 1)
        try await TestUpstream.with(
            configuration,
            script: { $0.uri == "/silence" ? .silence : .stall(body: Array("half".utf8)) }
        ) { connection in
            for path in ["/silence", "/stall"] {
                let error = await #expect(throws: UpstreamError.self) { try await self.get(connection, path) }
                #expect(error?.code == .timeout, "\(path): \(String(describing: error))")
                #expect(error?.isRetryable == true)
            }
        }
    }

    @Test func `no connection, no answer, half an answer, no URL: each has its name`() async throws {
        try await TestUpstream.with(
            .forTests(attempts: 1),
            script: { $0.uri == "/cut" ? .cut(body: Array("half".utf8)) : .hangUp }
        ) { connection in
            let cases: [(url: String, code: UpstreamError.Code, isRetryable: Bool)] = [
                (connection.url + "/cut", .truncated, true), (connection.url + "/gone", .truncated, true),
                ("http://127.0.0.1:1/", .unreachable, true), ("ftp://127.0.0.1/", .invalidURL, false),
                ("nonsense", .invalidURL, false),
            ]
            for (url, code, isRetryable) in cases {
                let error = await #expect(throws: UpstreamError.self) {
                    try await connection.client.send(UpstreamRequest(method: .GET, url: url)) { answer in
                        _ = try await answer.collect(upTo: 1 << 20)
                    }
                }
                #expect(error?.code == code, "\(url): \(String(describing: error))")
                #expect(error?.isRetryable == isRetryable)
            }
        }
    }

    @Test func `an answer over the limit is refused, announced or not, unpacked or not`() async throws {
        // Small on the wire: the limit is on what comes out.
        let bomb = try #require(Gzip.compressed(Array(repeating: 0, count: 5 << 20)))
        #expect(bomb.count < 100_000)
        try await TestUpstream.with(
            .forTests(maxAnswerBytes: 1 << 20),
            script: { request in
                request.uri == "/bomb"
                    ? .answer(200, headers: [("Content-Encoding", "gzip")], body: bomb)
                    : .answer(200, body: Array(repeating: 0x61, count: 2 << 20))
            }
        ) { connection in
            for path in ["/bomb", "/large"] {
                let error = await #expect(throws: UpstreamError.self) { try await self.get(connection, path) }
                #expect(error?.code == .tooLarge, "\(path): \(String(describing: error))")
                #expect(error?.isRetryable == false)
            }
            #expect(connection.client.requestCount == 2)
        }
    }

    @Test func `a packed answer is unpacked, and a broken one is an error`() async throws {
        let packed = try #require(Gzip.compressed(Array(String(repeating: "hello ", count: 1_000).utf8)))
        try await TestUpstream.with(
            .forTests(attempts: 1),
            script: { request in
                .answer(
                    200,
                    headers: [("Content-Encoding", "gzip")],
                    body: request.uri == "/" ? packed : Array(packed.dropFirst(12))
                )
            }
        ) { connection in
            let text = try await self.get(connection)
            #expect(text.count == 6_000)
            let error = await #expect(throws: UpstreamError.self) { try await self.get(connection, "/broken") }
            #expect(error?.code == .malformed)
        }
    }

    @Test func `three redirects are followed and counted, four are not`() async throws {
        try await TestUpstream.with(script: { request in
            let left = Int(request.uri.dropFirst(2)) ?? 0
            return left == 0 ? .ok("there") : .status(302, headers: [("Location", "/r\(left - 1)")])
        }) { connection in
            let text = try await self.get(connection, "/r3")
            #expect(text == "there")
            #expect(connection.client.requestCount == 4)
            let error = await #expect(throws: UpstreamError.self) { try await self.get(connection, "/r4") }
            #expect(error?.detail.contains("redirect") == true)
            #expect(error?.isRetryable == false)
        }
    }

    @Test func `no more requests are in flight than allowed`() async throws {
        let flying = Mutex((now: 0, most: 0))
        let gate = Gate()
        try await TestUpstream.with(
            .forTests(concurrency: 3),
            script: { _ in
                let isFull = flying.withLock { flying in
                    flying.now += 1
                    flying.most = max(flying.most, flying.now)
                    return flying.most >= 3
                }
                if isFull { gate.open() }
                await gate.wait()
                flying.withLock { $0.now -= 1 }
                return .ok("ok")
            }
        ) { connection in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<12 { group.addTask { _ = try await self.get(connection) } }
                try await group.waitForAll()
            }
        }
        #expect(flying.withLock { $0.most } == 3)
    }

    @Test func `cancelling in the middle of a body is a cancellation, not a short answer`() async throws {
        try await TestUpstream.with(script: { _ in .stall(body: Array("half".utf8)) }) { connection in
            let task = Task { try await self.get(connection) }
            while connection.server.requests.isEmpty { await Task.yield() }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func `errors hold no credentials, no line breaks and no endless URLs`() {
        let label = RequestLabel(method: "GET", url: "https://user:secret@svn.example/a@b?c=d")
        #expect(label.url == "https://svn.example/a@b?c=d")
        let long = RequestLabel(
            method: "GET",
            url: "https://api.example/?slugs=" + String(repeating: "a,", count: 5_000)
        )
        #expect(long.url.count < 300)
        struct Cause: Error, CustomStringConvertible { var description = "line one\nline two" }
        let error = label.error(.malformed, "detail", isRetryable: true, cause: Cause())
        #expect(
            error.description
                == "upstream malformed: GET https://svn.example/a@b?c=d: detail; caused by line one line two"
        )
    }

    /// Packs bytes as a server would.
    @Test func `P22: what a few bytes unpack to is handed on a piece at a time`() async throws {
        let bomb = try #require(Gzip.compressed(Array(repeating: 0, count: 20 << 20)))
        let inflater = BodyInflater()
        var pieces: [Int] = []
        #expect(
            try inflater.unpack(ByteBuffer(bytes: bomb)) {
                pieces.append($0.readableBytes); return true
            }
        )
        #expect(inflater.isComplete)
        #expect(pieces.reduce(0, +) == 20 << 20)
        #expect((pieces.max() ?? 0) <= 64 << 10)
        // One that is not whole, in pieces of its own, one that is left, and one with something after its end.
        let half = BodyInflater()
        for byte in bomb.dropLast(9) { _ = try half.unpack(ByteBuffer(bytes: [byte])) { _ in true } }
        #expect(!half.isComplete)
        #expect(try !BodyInflater().unpack(ByteBuffer(bytes: bomb)) { _ in false })
        #expect(throws: BodyInflater.Failure.self) {
            try BodyInflater().unpack(ByteBuffer(bytes: bomb + [1])) { _ in true }
        }
    }
}

/// Lets everybody through once it was opened.
final class Gate: Sendable {
    private let state = Mutex((isOpen: false, waiting: [CheckedContinuation<Void, Never>]()))

    func open() {
        let waiting = self.state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = self.state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
