import Sandbox
import Testing

@Suite struct GitHubTests {
    @Test func `the API leads to codeload, which sends the archive without saying how long it is`() async throws {
        try await GitHubShop.with { shop in
            let document = try await shop.client.get("/shop/p2/\(shop.name)~dev.json")
            #expect(document.text.contains("\"url\":\"\(shop.base)\(shop.api)\""))
            let led = try await shop.client.get(shop.api)
            #expect(led.status == 302 && led.header("Location") == shop.elsewhere + shop.codeload)
            let archive = try await shop.client.get(shop.codeload)
            #expect(archive.status == 200 && archive.header("Content-Type") == "application/zip")
            #expect(archive.header("Transfer-Encoding") == "chunked" && archive.header("Last-Modified") == nil)
            let top = "\(shop.name.replacing("/", with: "-"))-\(shop.reference.prefix(7))"
            #expect(try DownloadTests.entries(archive.body).keys.contains("\(top)/composer.json"))
            #expect(shop.sandbox.statistics.count(.gitHubAPI) == 1)
            #expect(shop.sandbox.statistics.count(.gitHubArchive) == 1)
        }
    }

    @Test func `the real names lead to each other as well, where somebody sends them here`() async throws {
        try await GitHubShop.with { shop in
            let path = "/repos/\(shop.name)/zipball/\(shop.reference)"
            let led = try await shop.client.get(path, headers: ["Host": "api.github.com:\(shop.client.port)"])
            let target = "/\(shop.name)/legacy.zip/\(shop.reference)"
            #expect(led.header("Location") == "http://codeload.github.com:\(shop.client.port)\(target)")
            let archive = try await shop.client.get(target, headers: ["Host": "codeload.github.com"])
            #expect(archive.status == 200)
        }
    }

    @Test func `what there is not is 404, with a message`() async throws {
        try await GitHubShop.with { shop in
            let none = String(repeating: "0", count: 40)
            for path in [
                "/github/repos/no/body/zipball/\(shop.reference)", "/github/repos/\(shop.name)/zipball/\(none)",
                "/github/repos/\(shop.name)/tarball/\(shop.reference)", "/github/rate_limit",
                "/github/repositories/1/zipball/\(none)", "/github/repositories/-9223372036854775808/zipball/\(none)",
            ] {
                let answer = try await shop.client.get(path)
                #expect(answer.status == 404 && answer.text.contains("\"message\":\"Not Found\""), "\(path)")
            }
            let missing = try await shop.client.get("/codeload/\(shop.name)/legacy.zip/\(none)")
            #expect(missing.status == 404)
        }
    }

    @Test(arguments: [(403, nil as Int?), (429, nil), (403, 30)])
    func `so many requests are answered without a token, and any number with one`(
        status: Int,
        retryAfter: Int?
    ) async throws {
        try await GitHubShop.with { shop in
            shop.sandbox.gitHub.limit(
                GitHubLimit(requests: 2, seconds: 86_400, status: status, retryAfterSeconds: retryAfter)
            )
            for left in ["1", "0"] {
                let answer = try await shop.client.get(shop.api)
                #expect(answer.status == 302 && answer.header("X-RateLimit-Remaining") == left)
            }
            let refused = try await shop.client.get(shop.api)
            #expect(refused.status == status && refused.text.contains("rate limit"))
            #expect(refused.header("Retry-After") == retryAfter.map { "\($0)" })
            #expect(refused.header("X-RateLimit-Remaining") == (retryAfter == nil ? "0" : "2"))
            #expect(refused.header("X-RateLimit-Reset").flatMap { Int($0) } ?? 0 > 1_700_000_000)
            let known = try await shop.client.get(shop.api, headers: GitHubShop.token)
            #expect(known.status == 302)
            let uncounted = try await shop.client.get(shop.codeload)
            #expect(uncounted.status == 200)
            let wrong = try await shop.client.get(shop.api, headers: ["Authorization": "token other"])
            #expect(wrong.status == 401)
            var expected = GitHubRequests()
            (expected.api, expected.withToken, expected.limited, expected.unauthorized) = (5, 1, 1, 1)
            expected.codeload = 1
            #expect(shop.sandbox.gitHub.requests == expected)
        }
    }

    @Test func `all of it can be set by commands, and faults strike it`() async throws {
        try await GitHubShop.with { shop in
            for (name, body) in [
                ("github-limit", #"{"requests":0,"status":429}"#), ("github-token", #"{"token":"t"}"#),
                ("github-private", #"{"name":"\#(shop.name)"}"#), ("github-delete", #"{"name":"x/y","on":false}"#),
                ("github-rename", #"{"name":"x/y","to":"x/z"}"#),
            ] {
                let answer = try await ControlTests.post(shop.client, name, body)
                #expect(answer.status == 200, "\(name)")
            }
            #expect(try await FaultTests.outcome(shop.client, shop.api) == .status(429))
            let known = try await shop.client.get(shop.api, headers: ["Authorization": "token t"])
            #expect(known.header("Location")?.contains("?token=") == true)
            _ = try await ControlTests.post(shop.client, "github-limit", "{}")
            _ = try await ControlTests.post(shop.client, "github-private", #"{"name":"\#(shop.name)","on":false}"#)
            #expect(try await FaultTests.outcome(shop.client, shop.api) == .status(302))
            let counts = try await shop.client.object("/_sandbox/github")
            #expect(counts["api"] as? Int == 3 && counts["limited"] as? Int == 1)
            shop.sandbox.fail(SandboxFault(.status(502), route: .gitHubArchive, pattern: shop.name, times: 1))
            let failed = try await shop.client.get(shop.codeload)
            #expect(failed.status == 502)
            for body in ["{}", #"{"name":"x/y","to":"z"}"#] {
                let refused = try await ControlTests.post(shop.client, "github-rename", body)
                #expect(refused.status == 400)
            }
        }
    }
}
