import Composer
import Pipeline
import Site
import Store
import TestSupport
import Testing

/// Documents that are answered where requests arrive, and by the routes where requests are not plain: nobody can tell
/// which.
@Suite struct HotDocumentTests {
    private static let path = "p2/wp-plugin/akismet.json"
    private static let text = String(repeating: "{\"version\":\"1.0\"}", count: 50)

    private func withSite(
        _ database: TestDatabase,
        credentials: Credentials = Credentials(),
        _ body: @Sendable (PlainHTTP, Store) async throws -> Void
    ) async throws {
        try await database.with { stores in
            for path in [Self.path, "packages.json"] {
                _ = try await stores[0].setRootDocument(path: path, content: Blob(of: Array(Self.text.utf8)), run: 1)
            }
            var configuration = Site.Configuration()
            configuration.credentials = credentials
            try await RunningSite.with(stores[0], configuration: configuration) { port in
                try await body(PlainHTTP(port: port), stores[0])
            }
        }
    }

    private func comparable(_ answer: PlainHTTP.Answer) -> String {
        let headers = answer.headers.filter { !["date", "connection"].contains($0.key) }
        return "\(answer.status) \(headers.sorted { $0.key < $1.key }) \(answer.body)"
    }

    @Test(arguments: TestDatabase.allCases, [("GET", nil), ("HEAD", nil), ("GET", "token"), ("HEAD", "token")])
    func `an answer is the same from the shelf and from the routes`(
        _ database: TestDatabase,
        _ asked: (method: String, token: String?)
    ) async throws {
        let method = asked.method
        let authorization = asked.token.map { ["Authorization: Bearer \($0)"] } ?? []
        let credentials = Credentials(bearer: asked.token.map { [$0] } ?? [])
        try await self.withSite(database, credentials: credentials) { http, _ in
            let first = try await http.get("/\(Self.path)", headers: authorization)
            let etag = try #require(first.headers["etag"])
            let modified = try #require(first.headers["last-modified"])
            let conditions = [
                [], ["If-None-Match: \(etag)"], ["If-None-Match: \"x\", W/\(etag)"], ["If-None-Match: \"x\""],
                ["If-None-Match: *"], ["If-Modified-Since: \(modified)"],
                ["If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"],
                ["If-None-Match: \"x\"", "If-Modified-Since: \(modified)"],
                ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ"],
                ["Connection: keep-alive"],
            ]
            for encoding in [
                "", "gzip", "identity", "gzip;q=0", "*, gzip;q=0", "br, gzip;q=0.5", "gzip\r\naccept-ENCODING: br",
            ] {
                for condition in conditions {
                    let plain = authorization + condition + (encoding.isEmpty ? [] : ["Accept-Encoding: \(encoding)"])
                    // The first is read for the shelf, the second comes from it, the routes answer what says of a body.
                    let answers = try await http.pipeline(
                        [plain, plain, plain + ["Content-Length: 0"]].map { (method, "/\(Self.path)", $0) }
                    )
                    let texts = Set(answers.map(self.comparable))
                    #expect(texts.count == 1, "\(encoding) \(condition): \(texts)")
                    #expect(answers.allSatisfy { $0.headers["date"] != nil && $0.headers["server"] == "packline" })
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `no answer is older than the last commit before its request`(_ database: TestDatabase) async throws {
        try await self.withSite(database) { http, store in
            for number in 1...40 {
                if number.isMultiple(of: 3) {
                    // Somebody else's commit: the document stays.
                    try await store.setSetting("test", to: "\(number)")
                }
                let content = Array("{\"number\":\(number / 2)}".utf8)
                _ = try await store.setRootDocument(path: Self.path, content: Blob(of: content), run: 1)
                let answers = try await http.pipeline(
                    Array(repeating: ("GET", "/\(Self.path)", []), count: 2) + [("GET", "/healthz", [])]
                )
                #expect(answers.map(\.body).dropLast() == [content, content])
            }
            _ = try await store.engine.write { session in
                try session.execute("UPDATE objects SET content_hash = NULL WHERE key = \(Self.path)")
            }
            let gone = try await http.pipeline([("GET", "/\(Self.path)", []), ("GET", "/healthz", [])])
            #expect(gone.map(\.status) == [404, 200])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a document whose bytes are missing is not gone: who asks for it is told to come again`(
        _ database: TestDatabase
    ) async throws {
        try await self.withSite(database) { http, store in
            _ = try await store.engine.write { try $0.execute("DELETE FROM blobs") }
            // The last one is answered by the routes over either database.
            for method in ["GET", "HEAD"] {
                let answers = try await http.pipeline(Array(repeating: (method, "/\(Self.path)", []), count: 2))
                for answer in answers {
                    #expect(answer.status == 503)
                    #expect(answer.headers["retry-after"] == "2")
                    #expect(answer.headers["cache-control"] == "no-store")
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `answers keep the order of requests, whoever gives them`(_ database: TestDatabase) async throws {
        try await self.withSite(database) { http, _ in
            let wanted: [(target: String, status: Int)] = [
                ("/healthz", 200), ("/\(Self.path)", 200), ("/p2/wp-plugin/nobody.json", 404), ("/packages.json", 200),
                ("/\(Self.path)?x", 200), ("/p2/a", 404), ("/packages.json", 200), ("/metadata/changes.json", 400),
            ]
            let requests = (0..<12).flatMap { round in
                wanted.indices.map { wanted[($0 * 5 + round) % wanted.count] }
            }
            let answers = try await http.pipeline(requests.map { ("GET", $0.target, []) })
            #expect(answers.map(\.status) == requests.map(\.status))
        }
    }
}
