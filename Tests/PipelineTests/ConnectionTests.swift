import Composer
import Foundation
import Pipeline
import Site
import Store
import TestSupport
import Testing

/// How connections to `serve` go on, and how they end.
@Suite struct ConnectionTests {
    private static let path = "/p2/wp-plugin/akismet.json"
    private static let document = Array(String(repeating: "{\"version\":\"1.0\"}", count: 50).utf8)
    private static let offer = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ"]

    private func withSite(
        _ database: TestDatabase,
        _ body: (Int) async throws -> Void
    ) async throws {
        try await database.with { stores in
            for path in [String(Self.path.dropFirst()), "packages.json"] {
                _ = try await stores[0].setRootDocument(path: path, content: Blob(of: Self.document), run: 1)
            }
            let counter = DownloadCounter(store: stores[0], logger: Pipeline.logger)
            try await RunningSite.with(stores[0], downloads: counter) { port in try await body(port) }
        }
    }

    private func request(
        _ target: String,
        _ headers: [String] = [],
        method: String = "GET",
        body: String = "",
        version: String = "1.1"
    ) -> String {
        let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
        return (["\(method) \(target) HTTP/\(version)", "Host: x"] + headers + length + ["", ""])
            .joined(separator: "\r\n") + body
    }

    // MARK: Offers of another protocol

    @Test(arguments: TestDatabase.allCases)
    func `an offer of another protocol is ignored, and the connection goes on`(_ database: TestDatabase) async throws {
        try await self.withSite(database) { port in
            let webSocket = ["Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
            try await Conversation.with(port: port) { client in
                for offer in [Self.offer, webSocket] {
                    for method in ["GET", "HEAD"] {
                        for (target, status) in [
                            (Self.path, 200), ("/healthz", 200), ("/p2/a/b.json", 404), ("/metadata/changes.json", 400),
                        ] {
                            try await client.say(self.request(target, offer, method: method))
                            let answer = try await client.answer(hasBody: method == "GET")
                            #expect(answer.status == status, "\(method) \(target)")
                            #expect(answer.headers["upgrade"] == nil)
                        }
                    }
                }
                let report = #"{"downloads":[{"name":"wp-plugin/akismet","version":"1.0"}]}"#
                try await client.say(self.request("/downloads", Self.offer, method: "POST", body: report))
                let taken = try await client.answer()
                #expect(taken.status == 201)
                try await client.say(self.request("/healthz"))
                let after = try await client.answer()
                #expect(after.status == 200)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `requests that follow an offer at once are answered in order, wherever they are cut`(
        _ database: TestDatabase
    ) async throws {
        try await self.withSite(database) { port in
            let report = #"{"downloads":[{"name":"wp-plugin/akismet","version":"1.0"}]}"#
            let text = [
                self.request(Self.path, Self.offer), self.request("/healthz", Self.offer),
                self.request("/downloads", Self.offer, method: "POST", body: report), self.request("/p2/a/b.json"),
                self.request(Self.path),
            ].joined()
            for cut in stride(from: 0, to: text.utf8.count, by: 7) {
                try await Conversation.with(port: port) { client in
                    try await client.say(String(text.prefix(cut)))
                    try await client.say(String(text.dropFirst(cut)))
                    var statuses: [Int] = []
                    for _ in 0..<5 { statuses.append(try await client.answer().status) }
                    #expect(statuses == [200, 200, 201, 404, 200], "cut at \(cut)")
                }
            }
        }
    }

    @Test func `no spelling of an offer ends the conversation`() async throws {
        try await self.withSite(.sqlite) { port in
            for headers in [
                ["Connection: upgrade", "Upgrade: x"], ["Connection: UPGRADE", "upgrade: x"],
                ["Connection: keep-alive, upgrade ", "Upgrade: x"], ["Connection: ,upgrade,", "Upgrade: x"],
                ["Connection:\tupgrade", "Upgrade: x"], ["Connection: upgrade\t", "Upgrade: x"],
                ["Connection: upgrade;q=1", "Upgrade: x"], ["Connection: upgraded", "Upgrade: x"],
                ["Connection: an-upgrade", "Upgrade: x"], ["Connection: up grade", "Upgrade: x"],
                ["Connection: upgrade , keep-alive", "Upgrade: x"], ["Connection: keep-alive,\tupgrade", "Upgrade: x"],
                ["Connection: keep-alive", "Connection: upgrade", "Upgrade: x"],
                ["Connection: upgrade", "Connection: keep-alive", "Upgrade: x"],
                ["Upgrade: x", "Connection: upgrade", "Upgrade: y"], ["Connection: upgrade", "Upgrade:"],
                ["Connection: upgrade", "Upgrade: "], ["Connection: upgrade"], ["Upgrade: x"],
                ["Upgrade-Insecure-Requests: 1", "Connection: upgrade"], ["Connection: upgrade", "Upgrade: x, y"],
            ] {
                try await Conversation.with(port: port) { client in
                    // The beginning of a third one comes along, so that a parser that was changed by mistake shows.
                    let next = self.request("/healthz")
                    try await client.say(
                        self.request(Self.path, headers) + self.request("/p2/a/b.json") + String(next.prefix(9))
                    )
                    let first = try await client.answer()
                    try await client.say(String(next.dropFirst(9)))
                    let (second, third) = (try await client.answer(), try await client.answer())
                    let statuses: [Int] = [first.status, second.status, third.status]
                    #expect(statuses == [200, 404, 200], "\(headers)")
                }
            }
        }
    }

    @Test func `curl that offers HTTP/2 keeps its connection`() async throws {
        try await self.withSite(.sqlite) { port in
            let targets = [Self.path, "/packages.json", "/healthz", "/nothing", Self.path]
            let text = try await Curl.offeringHTTP2(targets, port: port)
            #expect(text == "200 1\n200 0\n200 0\n404 0\n200 0\n")
        }
    }

    @Test func `who waits to be told that its body is wanted is told so at once`() async throws {
        try await self.withSite(.sqlite) { port in
            let report = #"{"downloads":[{"name":"wp-plugin/akismet","version":"1.0"}]}"#
            try await Conversation.with(port: port) { client in
                for _ in 0..<2 {
                    let request = self.request("/downloads", ["Expect: 100-continue"], method: "POST", body: report)
                    try await client.say(String(request.dropLast(report.count)))
                    let told = try await client.answer(hasBody: false)
                    #expect(told.status == 100)
                    try await client.say(report)
                    let taken = try await client.answer()
                    #expect(taken.status == 201)
                }
            }
        }
    }

    // MARK: Host, and how a connection ends

    @Test(arguments: TestDatabase.allCases)
    func `HTTP/1.1 has exactly one Host, which names a host`(_ database: TestDatabase) async throws {
        try await self.withSite(database) { port in
            let http = PlainHTTP(port: port)
            for (head, status) in [
                ("GET \(Self.path) HTTP/1.1\r\n", 400), ("GET /healthz HTTP/1.1\r\n", 400),
                ("GET \(Self.path) HTTP/1.1\r\nHost: a\r\nHost: a\r\n", 400),
                ("GET /healthz HTTP/1.1\r\nHost: a\r\nhost: b\r\n", 400),
                ("GET \(Self.path) HTTP/1.0\r\nHost: a\r\nHost: b\r\n", 400),
                ("GET \(Self.path) HTTP/1.1\r\nHost: a b\r\n", 400), ("GET / HTTP/1.1\r\nHost: a/b\r\n", 400),
                ("GET / HTTP/1.1\r\nHost: a@b\r\n", 400), ("HEAD / HTTP/1.1\r\n", 400),
                ("GET \(Self.path) HTTP/1.1\r\nHost:\r\n", 200), ("GET \(Self.path) HTTP/1.0\r\n", 200),
                ("GET \(Self.path) HTTP/1.1\r\nHost: packages.example.org:8080\r\n", 200),
                ("GET \(Self.path) HTTP/1.1\r\nhOST: [::1]:8080\r\n", 200),
            ] {
                let bytes = try await http.exchange(Array("\(head)Connection: close\r\n\r\n".utf8))
                var rest = bytes[...]
                let answer = try PlainHTTP.head(in: &rest)
                #expect(answer.status == status, "\(head)")
                #expect(head.hasPrefix("HEAD") == rest.isEmpty)
            }
        }
    }

    @Test func `what is refused is answered behind what was asked before`() async throws {
        try await self.withSite(.sqlite) { port in
            try await Conversation.with(port: port) { client in
                try await client.say(self.request("/healthz") + self.request(Self.path) + "GET / HTTP/1.1\r\n\r\n")
                try await client.say(self.request("/healthz"))
                var statuses: [Int] = []
                for _ in 0..<3 { statuses.append(try await client.answer().status) }
                #expect(statuses == [200, 200, 400])
                let hasEnded = try await client.ends()
                #expect(hasEnded)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is no request is refused behind what was asked before, and counted`(
        _ database: TestDatabase
    ) async throws {
        try await self.withSite(database) { port in
            for (count, rest) in [
                "hello\r\n\r\n", "GET / HTTP/1.1\r\nHost x\r\n\r\n",
                "POST /downloads HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            ].enumerated() {
                try await Conversation.with(port: port) { client in
                    try await client.say(self.request(Self.path) + rest)
                    var answers: [PlainHTTP.Answer] = []
                    for _ in 0..<2 { answers.append(try await client.answer()) }
                    #expect(answers.map(\.status) == [200, 400], "\(rest)")
                    #expect(answers[0].body == Self.document)
                    #expect(answers[1].headers["connection"] == "close" && answers[1].headers["date"] != nil)
                    #expect(String(decoding: answers[1].body, as: UTF8.self).hasPrefix(#"{"error":""#))
                    let hasEnded = try await client.ends()
                    #expect(hasEnded, "\(rest)")
                }
                let metrics = String(decoding: try await PlainHTTP(port: port).get("/metrics").body, as: UTF8.self)
                let (route, total) = count < 2 ? ("none", count + 1) : ("/downloads", 1)
                #expect(
                    metrics.contains("packline_http_requests_total{route=\"\(route)\",status=\"400\"} \(total)\n"),
                    "\(rest)"
                )
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a request whose body is spoilt has one answer, and is the last`(_ database: TestDatabase) async throws {
        try await self.withSite(database) { port in
            try await Conversation.with(port: port) { client in
                try await client.say(
                    self.request(Self.path) + self.request("/healthz", ["Transfer-Encoding: chunked"]) + "zz\r\n"
                )
                let (first, last) = (try await client.answer(), try await client.answer())
                #expect(first.body == Self.document && last.status == 200)
                #expect(last.headers["connection"] == "close")
                let hasEnded = try await client.ends()
                #expect(hasEnded)
            }
            // Also where the answer came before the rest.
            try await Conversation.with(port: port) { client in
                try await client.say(self.request("/healthz", ["Transfer-Encoding: chunked"]))
                let answer = try await client.answer()
                #expect(answer.status == 200)
                try await client.say("zz\r\n")
                let hasEnded = try await client.ends()
                #expect(hasEnded)
            }
            let metrics = String(decoding: try await PlainHTTP(port: port).get("/metrics").body, as: UTF8.self)
            #expect(!metrics.contains("status=\"400\""))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a connection ends after its last request, and HTTP/1.0 has one unless it says otherwise`(
        _ database: TestDatabase
    ) async throws {
        try await self.withSite(database) { port in
            for target in [Self.path, "/healthz", "/nothing"] {
                for (version, header, goesOn) in [
                    ("1.0", "X: y", false), ("1.0", "Connection: keep-alive", true), ("1.1", "X: y", true),
                    ("1.0", "Connection: close", false), ("1.1", "Connection: close", false),
                    ("1.1", "Connection: Close", false), ("1.1", "Connection: foo, CLOSE", false),
                ] {
                    try await Conversation.with(port: port) { client in
                        let comment: Comment = "\(target) \(version) \(header)"
                        try await client.say(self.request(target, [header], version: version))
                        let answer = try await client.answer()
                        #expect(answer.status == (target == "/nothing" ? 404 : 200), comment)
                        if goesOn {
                            if version == "1.0" { #expect(answer.headers["connection"] == "keep-alive", comment) }
                            try await client.say(self.request(target, [header], version: version))
                            let next = try await client.answer()
                            #expect(next.body == answer.body, comment)
                        } else {
                            #expect(answer.headers["connection"] == "close", comment)
                            let hasEnded = try await client.ends()
                            #expect(hasEnded, comment)
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases, [false, true])
    func `hundreds of requests at once are all answered, also for a client that has sent its last byte`(
        _ database: TestDatabase,
        _ finishes: Bool
    ) async throws {
        try await self.withSite(database) { port in
            let targets = [Self.path, "/healthz", "/p2/a/b.json", "/packages.json", "/p2/x"]
            try await Conversation.with(port: port) { client in
                // What has no place in the socket yet is sent while answers are read.
                let text = (0..<60).map { self.request(targets[$0 * 7 % 5]) }.joined()
                for _ in 0..<5 { try await client.say(text) }
                if finishes { client.finish() }
                for index in 0..<300 {
                    let answer = try await client.answer()
                    #expect(answer.status == [200, 200, 404, 200, 404][index % 60 * 7 % 5])
                }
            }
        }
    }
}
