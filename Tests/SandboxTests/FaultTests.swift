import Sandbox
import Testing

@Suite struct FaultTests {
    static let batch = "/plugins/info/1.2/?action=plugin_information&slugs="

    static func world() throws -> SandboxWorld {
        let world = SandboxWorld()
        for number in 0..<10 { try world.add(.plugins, SandboxPackage(slug: "plugin-\(number)"), tags: ["1.0"]) }
        return world
    }

    /// What a request comes to: a status, or what became of the connection.
    enum Outcome: Equatable {
        case status(Int)
        case reset
        case cut
    }

    static func outcome(_ client: TestClient, _ path: String) async throws -> Outcome {
        do {
            return .status(try await client.get(path).status)
        } catch TestClient.Failure.connectionReset {
            return .reset
        } catch TestClient.Failure.cutBody {
            return .cut
        }
    }

    @Test func `a fault strikes the requests that match, as often as it was told, after as many as it was told`()
        async throws
    {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.fail(
                SandboxFault(
                    .status(503, retryAfterSeconds: 7),
                    route: .pluginsBatch,
                    pattern: "*-3",
                    times: 2,
                    skip: 1
                )
            )
            var statuses: [Int] = []
            for _ in 0..<4 { statuses.append(try await client.get(Self.batch + "plugin-1,plugin-3").status) }
            #expect(statuses == [200, 503, 503, 200])
            let other = try await client.get(Self.batch + "plugin-1,plugin-2")
            #expect(other.status == 200)
        }
    }

    @Test func `a drip is the real answer, only slower`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            let whole = try await client.get("/svn/plugins/")
            sandbox.fail(SandboxFault(.drip(milliseconds: 0), route: "plugins-svn-*", times: 1))
            let dripped = try await client.get("/svn/plugins/")
            #expect(dripped.status == 200 && dripped.body == whole.body)
        }
    }

    @Test func `a status may come with Retry-After, and a fault can be taken back`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            let id = sandbox.fail(SandboxFault(.status(503, retryAfterSeconds: 7), route: "plugins-svn-*"))
            let refused = try await client.get("/svn/plugins/")
            #expect(refused.status == 503)
            #expect(refused.header("Retry-After") == "7")
            sandbox.clearFaults(id: id)
            let answered = try await client.get("/svn/plugins/")
            #expect(answered.status == 200)
        }
    }

    @Test(arguments: [
        (SandboxFault.Effect.reset, Outcome.reset), (.truncated, .cut), (.malformedJSON, .status(200)),
        (.htmlPage, .status(200)), (.emptyBody, .status(200)), (.delay(milliseconds: 1), .status(200)),
    ])
    func `connections break and bodies are spoilt as asked`(effect: SandboxFault.Effect, expected: Outcome) async throws
    {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.fail(SandboxFault(effect, route: .pluginsBatch))
            let outcome = try await Self.outcome(client, Self.batch + "plugin-1")
            #expect(outcome == expected)
        }
    }

    @Test func `a log is cut in its middle without its closing tag`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.fail(SandboxFault(.truncated, route: .pluginsReport))
            let failure = await #expect(throws: TestClient.Failure.self) {
                try await client.send("REPORT", "/svn/plugins/", body: SubversionTests.logQuery(""))
            }
            guard case .cutBody(let received) = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(received.starts(with: Array("<?xml".utf8)))
            #expect(received.firstRange(of: Array("</S:log-report>".utf8)) == nil)
        }
    }

    @Test(arguments: [SandboxFault.Effect.delay(milliseconds: 3_600_000), .lateAnswer(milliseconds: 3_600_000)])
    func `what a fault holds back goes on when the fault is taken back`(_ effect: SandboxFault.Effect) async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.fail(SandboxFault(effect, route: .pluginsBatch))
            async let answer = client.get(Self.batch + "plugin-1")
            while sandbox.statistics.count(.pluginsBatch) == 0 { await Task.yield() }
            sandbox.clearFaults()
            #expect(try await answer.status == 200)
            try await sandbox.waitUntilIdle()
        }
    }

    @Test func `a lying listing is whole and lacks entries`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.fail(SandboxFault(.shrunk(percent: 70), route: .pluginsListing))
            let page = try await client.get("/svn/plugins/").text
            #expect(page.split(separator: "\n").filter { $0.hasPrefix("  <li>") }.count == 3)
            #expect(page.hasSuffix(" </ul>\n</body></html>"))
        }
    }

    @Test func `an answer can be as large as one likes`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.fail(SandboxFault(.huge(bytes: 3_000_001), route: .pluginsBatch))
            let answer = try await client.get(Self.batch + "plugin-1")
            #expect(answer.body.count == 3_000_001)
            #expect(answer.text.hasSuffix("x\"}"))
        }
    }

    @Test func `more requests in a second than allowed are 429 with Retry-After`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.throttle(route: "plugins-api-*", perSecond: 1, retryAfterSeconds: 3)
            var answers: [TestClient.Answer] = []
            let begun = ContinuousClock.now
            for _ in 0..<20 { answers.append(try await client.get(Self.batch + "plugin-1")) }
            let refused = answers.filter { $0.status == 429 }
            #expect(answers.first?.status == 200)
            // One passes in each window of a second.
            let windows = Int((ContinuousClock.now - begun).components.seconds) + 2
            #expect(refused.count >= 20 - windows)
            #expect(windows > 10 || !refused.isEmpty)
            #expect(refused.allSatisfy { $0.header("Retry-After") == "3" })
            let elsewhere = try await client.get("/svn/plugins/")
            #expect(elsewhere.status == 200)
        }
    }

    @Test func `a hook sees every request and may fail it`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.beforeRequest { exchange in
                exchange.route == .pluginsBatch && exchange.slugs == ["plugin-1"] ? .fail(.status(500)) : .proceed
            }
            let failed = try await client.get(Self.batch + "plugin-1")
            #expect(failed.status == 500)
            let answered = try await client.get(Self.batch + "plugin-2")
            #expect(answered.status == 200)
        }
    }

    @Test func `requests are counted by route, and the count can be set back`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            for _ in 0..<3 { _ = try await client.get("/svn/plugins/") }
            _ = try await client.get("/theme/none.1.zip")
            #expect(sandbox.statistics.requests == ["plugins-svn-listing": 3, "themes-zip": 1])
            #expect(sandbox.statistics.statuses == [200: 3, 404: 1])
            #expect(sandbox.statistics.upstreamRequests == 4)
            sandbox.resetStatistics()
            #expect(sandbox.statistics == SandboxStatistics())
        }
    }
}
