import NIOHTTP1
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Composer
@testable import Upstream

/// What upstream's answers can lead to, and what of them is told.
@Suite struct RedirectTests {
    static let here = HostAddress(literal: "127.0.0.1", range: .loopback)

    func get(
        _ connection: TestUpstream.Connection,
        _ path: String,
        method: HTTPMethod = .GET,
        body: String? = nil
    ) async throws -> String {
        let request = UpstreamRequest(
            method: method,
            url: connection.url + path,
            headers: [("If-None-Match", "\"1\"")],
            body: body
        )
        return try await connection.client.send(request) { answer in
            guard answer.status == .ok else { throw answer.unexpectedStatus(expected: "200") }
            return String(decoding: try await answer.collect(upTo: 1_000), as: UTF8.self)
        }
    }

    @Test func `a redirect to another host is not followed, unless it was configured`() async throws {
        try await TestUpstream.with(script: { _ in .ok("there") }) { other in
            let port = other.url.split(separator: ":").last.map(String.init) ?? ""
            let place = "elsewhere.test:\(port)"
            let script: @Sendable (TestUpstream.Request) async -> TestUpstream.Reaction = { _ in
                .status(302, headers: [("Location", "http://\(place)/x")])
            }
            try await TestUpstream.with(resolve: { _ in [Self.here] }, script: script) { connection in
                let error = await #expect(throws: UpstreamError.self) { try await self.get(connection, "/") }
                #expect(error?.detail.contains("leads to another host, elsewhere.test") == true)
                #expect(error?.isRetryable == false)
                #expect(other.server.requests.isEmpty)
            }
            try await TestUpstream.with(
                .forTests(redirectHosts: [place]),
                resolve: { _ in [Self.here] },
                script: script
            ) { connection in
                let text = try await self.get(connection, "/")
                #expect(text == "there")
                let request = try #require(other.server.requests.first)
                #expect(request.headers.first(name: "Host") == place)
                #expect(request.headers.first(name: "User-Agent") != nil)
                #expect(request.headers.first(name: "If-None-Match") == nil, "headers stay with the configured host")
            }
        }
    }

    @Test(arguments: [HTTPResponseStatus.movedPermanently, .found, .temporaryRedirect, .permanentRedirect])
    func `a body is sent again to the same host, and to no other`(_ status: HTTPResponseStatus) async throws {
        try await TestUpstream.with(script: { _ in .ok("there") }) { other in
            let place = String(other.url.dropFirst("http://".count))
            try await TestUpstream.with(
                .forTests(redirectHosts: [place]),
                script: { request in
                    switch request.uri {
                    case "/here": .status(Int(status.code), headers: [("Location", "/moved")])
                    case "/away": .status(Int(status.code), headers: [("Location", "http://\(place)/")])
                    default: .ok(request.body)
                    }
                }
            ) { connection in
                let text = try await self.get(connection, "/here", method: .REPORT, body: "question")
                #expect(text == "question")
                await #expect(throws: UpstreamError.self) {
                    try await self.get(connection, "/away", method: .REPORT, body: "question")
                }
                #expect(other.server.requests.isEmpty)
            }
        }
    }

    @Test(arguments: [
        ("10.0.0.1", AddressRange.private), ("169.254.169.254", .linkLocal), ("fd00::1", .private),
    ])
    func `a host with an address where the configured one has none is not connected to`(
        _ literal: String,
        _ range: AddressRange
    ) async throws {
        let asked = Mutex<[String]>([])
        try await TestUpstream.with(
            .forTests(redirectHosts: ["cdn.test"]),
            resolve: { host in
                asked.withLock { $0.append(host) }
                return host == "cdn.test" ? [HostAddress(literal: literal, range: range)] : [Self.here]
            },
            script: { _ in .status(302, headers: [("Location", "http://cdn.test/latest/meta-data/")]) }
        ) { connection in
            let error = await #expect(throws: UpstreamError.self) { try await self.get(connection, "/") }
            #expect(error?.detail.contains(range.rawValue) == true, "\(String(describing: error))")
            #expect(error?.isRetryable == false)
            #expect(asked.withLock { $0.count { $0 == "cdn.test" } } == 1)
        }
    }

    @Test func `a host that an answer has named opens no ranges to where it leads`() async throws {
        let asked = Mutex<[String]>([])
        try await TestUpstream.with(
            .forTests(redirectHosts: ["cdn.test"]),
            resolve: { host in
                // Where it is changes with each question.
                let isMoved = asked.withLock { $0.contains(host) }
                asked.withLock { $0.append(host) }
                let inside = HostAddress(literal: "10.0.0.1", range: .private)
                return host == "cdn.test" || host == "named.test" && isMoved ? [inside] : [Self.here]
            },
            script: { _ in .status(302, headers: [("Location", "http://cdn.test/latest/meta-data/")]) }
        ) { connection in
            let port = connection.url.split(separator: ":").last ?? ""
            let request = UpstreamRequest(method: .GET, url: "http://named.test:\(port)/", namedBy: connection.url)
            let error = await #expect(throws: UpstreamError.self) {
                try await connection.client.send(request) { try await $0.collect(upTo: 1_000) }
            }
            #expect(error?.detail.contains("private") == true, "\(String(describing: error))")
            #expect(connection.server.requests.count == 1)
        }
    }
}
