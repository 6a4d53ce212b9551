import NIOHTTP1
import TestSupport
import Testing
import Transport
import Upstream

@testable import Archives

/// Where an archive may come from, and what goes along.
@Suite struct FetchingElsewhereTests {
    static let here = HostAddress(literal: "127.0.0.1", range: .loopback)

    static func port(_ url: String) -> Substring { url.split(separator: ":").last ?? "" }

    @Test func `credentials go to their host, and not where that leads`() async throws {
        try await TestUpstream.with(script: { _ in .answer(200, body: FetchingTests.zip) }) { other in
            let elsewhere = "http://elsewhere.test:\(Self.port(other.url))/b.zip"
            try await FetchingTests.with(
                resolve: { _ in [Self.here] },
                script: { request in
                    switch request.uri {
                    case "/here.zip": .status(302, headers: [("Location", "/moved.zip")])
                    case "/moved.zip": .status(307, headers: [("Location", elsewhere)])
                    default: .status(404)
                    }
                }
            ) { fetching in
                let own = HostCredential(origin: fetching.upstream.url, name: "Authorization", value: "Bearer 1")
                let foreign = HostCredential(origin: "https://example.org", name: "PRIVATE-TOKEN", value: "2")
                _ = try await fetching.get("/here.zip", credentials: [own, foreign])
                for request in fetching.upstream.server.requests {
                    #expect(request.headers["Authorization"] == ["Bearer 1"])
                    #expect(request.headers["PRIVATE-TOKEN"].isEmpty)
                }
                #expect(fetching.upstream.server.requests.map(\.uri) == ["/here.zip", "/moved.zip"])
                let last = try #require(other.server.requests.first)
                #expect(last.headers["Authorization"].isEmpty)
                #expect(last.headers["Host"] == ["elsewhere.test:\(Self.port(other.url))"])
                #expect("\(own)".contains("Bearer") == false)
            }
        }
    }

    @Test(arguments: [("10.0.0.1", AddressRange.private), ("169.254.169.254", .linkLocal), ("fd00::1", .private)])
    func `no archive is in a network where its source is not, named or led to`(
        _ literal: String,
        _ range: AddressRange
    ) async throws {
        try await FetchingTests.with(
            resolve: { $0 == "inside.test" ? [HostAddress(literal: literal, range: range)] : [Self.here] },
            script: { _ in .status(302, headers: [("Location", "http://inside.test/latest/meta-data/")]) }
        ) { fetching in
            for url in ["/a.zip", "http://inside.test/a.zip"] {
                let error = await FetchingTests.error(fetching, url)
                #expect(error?.reason == .refused)
                #expect(error?.detail.contains(range.rawValue) == true, "\(String(describing: error))")
            }
            #expect(fetching.upstream.server.requests.count == 1)
        }
    }

    @Test func `another port of the source's host is another host`() async throws {
        try await TestUpstream.with(script: { _ in .answer(200, body: FetchingTests.zip) }) { other in
            try await FetchingTests.with(resolve: { _ in [Self.here] }, script: { _ in .status(404) }) { fetching in
                let own = HostCredential(origin: fetching.upstream.url, name: "Authorization", value: "Bearer 1")
                _ = try await fetching.get("\(other.url)/a.zip", credentials: [own])
                #expect(other.server.requests.first?.headers["Authorization"].isEmpty == true)
            }
        }
    }

    @Test func `an archive is fetched from the address of its host that answers`() async throws {
        // All of 127.0.0.0/8 is this machine, and the server is at the one address.
        let addresses = [HostAddress(literal: "127.0.0.2", range: .loopback), Self.here]
        try await FetchingTests.with(
            attempts: 1,
            resolve: { $0 == "elsewhere.test" ? addresses : [Self.here] },
            script: { _ in .answer(200, body: FetchingTests.zip) }
        ) { fetching in
            let url = "http://elsewhere.test:\(Self.port(fetching.upstream.url))/a.zip"
            for _ in 1...2 { _ = try await fetching.get(url) }
            #expect(fetching.upstream.server.requests.count == 2)
        }
    }

    @Test func `why a host can't be reached is said`() async throws {
        try await FetchingTests.with(
            attempts: 1,
            resolve: { $0 == "elsewhere.test" ? [HostAddress(literal: "127.0.0.2", range: .loopback)] : [Self.here] },
            script: { _ in .status(404) }
        ) { fetching in
            let url = "http://elsewhere.test:\(Self.port(fetching.upstream.url))/a.zip"
            let error = await FetchingTests.error(fetching, url)
            #expect(error?.reason == .unavailable)
            #expect(error?.detail.contains("connection refused") == true, "\(String(describing: error))")
        }
    }

    @Test func `redirects end`() async throws {
        try await FetchingTests.with(script: { .status(302, headers: [("Location", "/\($0.number)")]) }) { fetching in
            let error = await FetchingTests.error(fetching)
            #expect(error?.reason == .refused)
            #expect(fetching.upstream.server.requests.count == 1 + RedirectPolicy.anywhere.limit)
        }
    }

    @Test func `a host whose name is not known may be known later`() async throws {
        try await FetchingTests.with(script: { _ in .status(404) }) { fetching in
            #expect(await FetchingTests.error(fetching, "http://nowhere.test/a.zip")?.reason == .unavailable)
        }
    }

    @Test func `a host that wants to be left alone is not asked before that is over`() async throws {
        let headers = [
            ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "784111837"),
            ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ]
        try await FetchingTests.with(
            script: { $0.number == 1 ? .status(403, headers: headers) : .answer(200, body: FetchingTests.zip) }
        ) { fetching in
            for _ in 0..<3 {
                let error = await FetchingTests.error(fetching)
                #expect(error?.reason == .rateLimited)
                #expect(error?.wait == .seconds(60))
            }
            #expect(fetching.upstream.server.requests.count == 1)
            try await fetching.upstream.clock.sleep(for: .seconds(60))
            _ = try await fetching.get()
        }
    }

    @Test func `a secondary limit of GitHub's is told by its words`() async throws {
        let text = #"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}"#
        try await FetchingTests.with(script: { _ in .status(403, text) }) { fetching in
            #expect(await FetchingTests.error(fetching)?.reason == .rateLimited)
        }
        try await FetchingTests.with(script: { _ in .status(403, "Resource not accessible") }) { fetching in
            #expect(await FetchingTests.error(fetching)?.reason == .refused)
            #expect(await FetchingTests.error(fetching)?.reason == .refused, "it is asked each time")
            #expect(fetching.upstream.server.requests.count == 2)
        }
    }

    @Test func `a page for signing in is a refusal where GitLab is asked, and no archive elsewhere`() async throws {
        let page = TestUpstream.Reaction.ok(
            "<html>Sign in</html>",
            headers: [("Content-Type", "text/html; charset=utf-8")]
        )
        try await FetchingTests.with(script: { _ in page }) { fetching in
            let path = "/api/v4/projects/1/repository/archive.zip?sha=abc"
            #expect(await FetchingTests.error(fetching, path)?.reason == .refused)
            #expect(await FetchingTests.error(fetching)?.refusal?.reason == .noArchive)
        }
    }
}
