import Composer
import Foundation
import NIOCore
import Site
import Store
import TestSupport
import Testing

/// What `serve` does with requests that are not Composer's.
@Suite struct ServeTests {
    private static let path = "/p2/wp-plugin/akismet.json"
    private static let document = Array(String(repeating: "{\"version\":\"1.0\"}", count: 50).utf8)

    private func withSite(
        _ database: TestDatabase = .sqlite,
        _ configuration: Site.Configuration = Site.Configuration(),
        _ body: (PlainHTTP, Store) async throws -> Void
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            for (path, bytes) in [("p2/wp-plugin/akismet.json", Self.document), ("packages.json", Array("{}".utf8))] {
                _ = try await store.setRootDocument(path: path, content: Blob(of: bytes), run: 1)
            }
            try await RunningSite.with(store, configuration: configuration) { port in
                try await body(PlainHTTP(port: port), store)
            }
        }
    }

    private func status(_ http: PlainHTTP, _ request: String) async throws -> String {
        let answer = try await http.exchange(Array(request.utf8))
        return String(decoding: answer.prefix { $0 != 13 }, as: UTF8.self)
    }

    @Test(arguments: TestDatabase.allCases)
    func `no spelling of a path leads to anything but the document of that name`(_ database: TestDatabase) async throws
    {
        try await self.withSite(database) { http, _ in
            for path in [
                "/p2/../packages.json", "/p2/wp-plugin/../../packages.json", "/p2/%2e%2e/packages.json",
                "/p2/wp-plugin/..%2f..%2fpackages.json", "/p2/wp-plugin%2Fakismet.json",
                "/p2/wp-plugin/akismet.json%00", "/p2/wp-plugin/akismet%00.json", "/p2/wp-plugin/akismet.json%20",
                "/p2/wp-plugin/%61kismet.json", "/p2/WP-plugin/akismet.json", "/p2/wp-plugin\\akismet.json",
                "/P2/wp-plugin/akismet.json", "/%00", "/packages/%00", "/p2/%00/%00", "/changes%00",
                "/p2/wp-plugin/akismet.json/x", "/p2/wp-plugin/", "/p2//", "/etc/passwd",
                "/p2/wp-plugin/\(String(repeating: "a", count: 1_500)).json", "/%", "/%zz", "/p2/%ff/x.json",
            ] {
                let status = try await http.get(path).status
                #expect(status == 404, "\(path)")
            }
            for query in ["/packages?q=%00", "/search.json?q=%00a", "/packages/list.json?filter=%00", "/?%00"] {
                let status = try await http.get(query).status
                #expect(status < 500, "\(query)")
            }
            let body = try await http.get(Self.path).body
            #expect(body == Self.document)
        }
    }

    @Test func `what is no HTTP, or too much of it, is refused`() async throws {
        try await self.withSite { http, _ in
            let long = String(repeating: "a", count: 3_000)
            let huge = String(repeating: "a", count: 1_000_000)
            let many = (1...200).map { "X-\($0): 1\r\n" }.joined()
            for (request, line) in [
                ("GET /\(long) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 414 URI Too Long"),
                ("GET / HTTP/1.1\r\nHost: x\r\nX: \(huge)\r\n\r\n", "HTTP/1.1 431 Request Header Fields Too Large"),
                ("GET /\(huge) HTTP/1.1\r\n\r\n", "HTTP/1.1 431 Request Header Fields Too Large"),
                ("GET / HTTP/1.1\r\nHost: x\r\n\(many)\r\n", "HTTP/1.1 431 Request Header Fields Too Large"),
                ("hello\r\n\r\n", "HTTP/1.1 400 Bad Request"), ("\u{0}\u{1}\u{2}\r\n\r\n", "HTTP/1.1 400 Bad Request"),
                ("GET / HTTP/9.9\r\n\r\n", "HTTP/1.1 400 Bad Request"),
                ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400 Bad Request"),
            ] {
                let answer = try await self.status(http, request)
                #expect(answer == line, "\(request.prefix(40))")
            }
        }
    }

    @Test func `what is refused where it arrives is counted, and says when`() async throws {
        var configuration = Site.Configuration()
        configuration.limits.untakenBytesPerClient = 0
        try await self.withSite(.sqlite, configuration) { http, _ in
            let long = String(repeating: "a", count: 3_000)
            let huge = String(repeating: "a", count: 10_000)
            for (request, status) in [
                ("GET / HTTP/1.1\r\n\r\n", 400), ("GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
                ("GET / HTTP/1.1\r\nHost: x\r\nX: \(huge)\r\n\r\n", 431),
                ("GET /packages.json HTTP/1.1\r\nHost: x\r\n\r\n", 503),
            ] {
                var rest = try await http.exchange(Array(request.utf8))[...]
                let answer = try PlainHTTP.head(in: &rest)
                #expect(answer.status == status)
                #expect(answer.headers["date"]?.hasSuffix(" GMT") == true)
                let metrics = String(decoding: try await http.get("/metrics").body, as: UTF8.self)
                let counted = "packline_http_requests_total{route=\"none\",status=\"\(status)\"} 1\n"
                #expect(metrics.contains(counted), "\(status)")
            }
        }
    }

    @Test func `only reading is allowed`() async throws {
        try await self.withSite { http, _ in
            for (method, path, allow) in [
                ("POST", Self.path, "GET, HEAD"), ("DELETE", Self.path, "GET, HEAD"),
                ("PUT", "/packages.json", "GET, HEAD"),
                ("OPTIONS", "/packages.json", "GET, HEAD"), ("BREW", "/", "GET, HEAD"),
            ] {
                let bytes = try await http.exchange(
                    Array(
                        "\(method) \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8
                    )
                )
                let head = String(decoding: bytes, as: UTF8.self).lowercased()
                #expect(
                    head.hasPrefix("http/1.1 405") || method == "BREW" && head.hasPrefix("http/1.1 400"),
                    "\(method): \(head.prefix(60))"
                )
                if head.hasPrefix("http/1.1 405") { #expect(head.contains("\r\nallow: \(allow.lowercased())\r\n")) }
            }
        }
    }

    @Test func `a client that does not finish its request is sent away, others are served meanwhile`() async throws {
        var configuration = Site.Configuration()
        configuration.limits.headTimeout = .seconds(5)
        configuration.limits.bodyTimeout = .seconds(5)
        configuration.limits.idleTimeout = .seconds(5)
        try await self.withSite(.sqlite, configuration) { http, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for beginning in [
                    "", "GET / HT", "GET /packages.json HTTP/1.1\r\nHost: x\r\nX-Slow: 1\r\n",
                    "POST /downloads HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
                    "GET /packages.json HTTP/1.1\r\nHost: x\r\n\r\n",
                ] {
                    // Ends when the server closes; the client itself never does.
                    group.addTask { _ = try await http.exchange(Array(beginning.utf8)) }
                }
                let others = try await http.get("/packages.json").status
                #expect(others == 200)
                let clock = ContinuousClock()
                let start = clock.now
                try await group.waitForAll()
                #expect(start.duration(to: clock.now) < .seconds(60))
            }
        }
    }

    @Test func `a connection beyond the limit is closed at once`() async throws {
        var configuration = Site.Configuration()
        configuration.limits.connections = 0
        try await self.withSite(.sqlite, configuration) { http, _ in
            let received = try? await http.exchange(Array("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            #expect(received ?? [] == [])
        }
    }

    @Test func `requests beyond the limit are told to come again`() async throws {
        var configuration = Site.Configuration()
        configuration.limits.untakenBytesPerClient = 0
        try await self.withSite(.sqlite, configuration) { http, _ in
            let answer = try await http.get("/packages/list.json")
            #expect(answer.status == 503)
            #expect(answer.headers["retry-after"] == "2")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a private repository asks for credentials, and caches keep them apart`(_ database: TestDatabase) async throws
    {
        var configuration = Site.Configuration()
        configuration.credentials = Credentials(
            basic: ["site:secret", "ci:other:word"],
            bearer: ["token-1", "token-2"]
        )
        try await self.withSite(database, configuration) { http, _ in
            func status(_ authorization: String) async throws -> Int {
                try await http.get(Self.path, headers: ["Authorization: \(authorization)"]).status
            }
            func basic(_ text: String) -> String { "Basic \(Data(text.utf8).base64EncodedString())" }
            for good in [basic("site:secret"), basic("ci:other:word"), "Bearer token-1", "bearer token-2"] {
                let accepted = try await status(good)
                #expect(accepted == 200, "\(good)")
            }
            for bad in [
                basic("site:wrong"), basic("site:"), basic("site"), basic("site:secret2"), basic("ci:other"),
                "Basic !!!",
                "Basic", "Bearer token", "Bearer token-11", "Bearer site:secret", "Digest x", basic("token-1"), "",
            ] {
                let refused = try await status(bad)
                #expect(refused == 401, "\(bad)")
            }
            let refusal = try await http.get("/packages.json")
            #expect(refusal.status == 401)
            #expect(refusal.headers["www-authenticate"]?.contains("Basic realm=") == true)
            #expect(refusal.headers["www-authenticate"]?.contains("Bearer realm=") == true)
            let missing = try await http.get("/no/such/page").status
            #expect(missing == 401)
            let health = try await http.get("/healthz").status
            #expect(health == 200)
            let answer = try await http.get(Self.path, headers: ["Authorization: Bearer token-1"])
            #expect(answer.headers["vary"] == "Accept-Encoding, Authorization")
            #expect(answer.headers["cache-control"]?.hasPrefix("private") == true)
            for (path, caching) in [
                ("/", "private, no-cache"), ("/changes.atom", "private, no-cache"),
                ("/p2/a/b.json", "private, no-cache"),
                ("/packages/list.json", "private, max-age=60"),
            ] {
                let answer = try await http.get(path, headers: ["Authorization: Bearer token-1"])
                #expect(answer.headers["cache-control"] == caching, "\(path)")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `installations are counted by package and day, for packages that are here`(
        _ database: TestDatabase
    ) async throws {
        let world = "wp-plugin/akismet"
        try await database.with { stores in
            let store = stores[0]
            _ = try await store.engine.write { session in
                try session.execute("INSERT INTO sources (name) VALUES ('wordpress-plugins')")
                try session.execute(
                    "INSERT INTO packages (id, source, key, due_at_ms) VALUES (7, 'wordpress-plugins', 'akismet', 0)"
                )
            }
            _ = try await store.setRootDocument(
                path: "p2/\(world).json",
                content: Blob(of: Self.document),
                run: 1
            )
            _ = try await store.engine.write { try $0.execute("UPDATE objects SET package_id = 7, kind = 'document'") }
            let counter = DownloadCounter(store: store, logger: Pipeline.logger)
            try await RunningSite.with(store, downloads: counter) { port in
                let http = PlainHTTP(port: port)
                func report(_ body: String) async throws -> String {
                    try await self.status(
                        http,
                        "POST /downloads HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
                    )
                }
                let entry = #"{"name":"wp-plugin/akismet","version":"1.0"}"#
                let others = #"{"name":"a/b","version":"1"},{"name":"../x","version":"1"}"#
                let first = try await report(#"{"downloads":[\#(entry),\#(entry),\#(others)]}"#)
                #expect(first == "HTTP/1.1 201 Created")
                await counter.flush()
                let second = try await report(#"{"downloads":[\#(entry)]}"#)
                #expect(second == "HTTP/1.1 201 Created")
                let many = Array(repeating: entry, count: 1_001).joined(separator: ",")
                for bad in ["", "{}", "[]", #"{"downloads":[{"version":"1"}]}"#, #"{"downloads":[\#(many)]}"#] {
                    let refused = try await report(bad)
                    #expect(refused == "HTTP/1.1 400 Bad Request", "\(bad.prefix(40))")
                }
                let tooLong = String(repeating: " ", count: 70_000)
                let large = try await report(tooLong)
                #expect(large.hasPrefix("HTTP/1.1 413"))
                let read = try await http.get("/downloads").status
                #expect(read == 405)
                await counter.flush()
            }
            let counts = try await store.downloads(package: world, days: 30)
            #expect(counts.map(\.count) == [3])
            let today = try await store.now() / 86_400_000
            #expect(try #require(counts.first).day >= today - 1)
            var retention = Store.Retention()
            #expect(try await store.cleanUp(retention).downloads == 0)
            retention.downloads = .seconds(-86_400)
            #expect(try await store.cleanUp(retention).downloads == 1)
        }
    }
}
