import Testing

@testable import Sandbox

/// What can be wrong with a download.
@Suite struct ArchiveFaultTests {
    static let path = "/plugin/akismet.5.3.zip"

    static func with(
        _ effect: SandboxFault.Effect,
        pattern: String = path,
        _ body: (TestClient, Sandbox, _ right: TestClient.Answer) async throws -> Void
    ) async throws {
        let settings = try ArchiveSizeTests.settings([Self.path: 3 << 20])
        try await withSandbox(try DownloadTests.world(), settings: settings) { client, sandbox in
            let right = try await client.get(Self.path)
            sandbox.fail(SandboxFault(effect, pattern: pattern))
            try await body(client, sandbox, right)
        }
    }

    @Test func `a body breaks off although its whole length was announced`() async throws {
        try await Self.with(.truncated) { client, _, right in
            let failure = await #expect(throws: TestClient.Failure.self) { try await client.get(Self.path) }
            guard case .cutBody(let received) = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(received == Array(right.body.prefix(right.body.count / 2)))
        }
    }

    @Test func `a body is half of what it should be, and says that it is all`() async throws {
        try await Self.with(.halved) { client, _, right in
            let half = try await client.get(Self.path)
            #expect(half.status == 200 && half.header("Content-Length") == "\(right.body.count / 2)")
            #expect(half.body == Array(right.body.prefix(right.body.count / 2)))
        }
    }

    @Test func `bytes in the middle are flipped, and nothing else`() async throws {
        try await Self.with(.flipped) { client, _, right in
            let wrong = try await client.get(Self.path)
            #expect(wrong.body.count == right.body.count && wrong.header("ETag") == right.header("ETag"))
            let places = wrong.body.indices.filter { wrong.body[$0] != right.body[$0] }
            #expect(places == Array((right.body.count / 2 - 4)..<(right.body.count / 2 + 4)))
        }
    }

    @Test(arguments: [
        (SandboxFault.Effect.htmlPage, 200, "text/html"), (.jsonError, 200, "application/json"),
        (.status(404), 404, "text/html"),
    ])
    func `something else comes than a zip`(_ effect: SandboxFault.Effect, status: Int, type: String) async throws {
        try await Self.with(effect) { client, _, _ in
            let answer = try await client.get(Self.path)
            #expect(answer.status == status && answer.header("Content-Type")?.hasPrefix(type) == true)
            #expect(!answer.body.starts(with: Array("PK".utf8)))
        }
    }

    @Test func `another package's archive comes`() async throws {
        try await Self.with(.instead(path: "/theme/astra.4.8.zip")) { client, _, _ in
            let other = try await client.get("/theme/astra.4.8.zip")
            let wrong = try await client.get(Self.path)
            #expect(wrong.status == 200 && wrong.body == other.body)
        }
    }

    @Test func `the archive of before the last commit comes, with its date`() async throws {
        try await Self.with(.stale) { client, sandbox, first in
            let unchanged = try await client.get(Self.path)
            #expect(unchanged.body == first.body)
            try sandbox.world.commit(.plugins, slug: "akismet", .rewriteTag("5.3"))
            let stale = try await client.get(Self.path)
            #expect(stale.body == first.body)
            #expect(stale.header("Last-Modified") == first.header("Last-Modified"))
            #expect(stale.header("ETag") == first.header("ETag"))
            try sandbox.world.commit(.plugins, slug: "akismet", .tag("5.4"))
            let others = try await client.get(Self.path)
            #expect(others.body == first.body)
            sandbox.clearFaults()
            let second = try await client.get(Self.path)
            #expect(second.body != first.body && second.header("Last-Modified") != first.header("Last-Modified"))
            try sandbox.world.commit(.plugins, slug: "akismet", .rewriteTag("5.3"))
            sandbox.fail(SandboxFault(.stale))
            let before = try await client.get(Self.path)
            #expect(before.body == second.body)
        }
    }

    @Test func `trunk can be stale as well`() async throws {
        try await Self.with(.stale, pattern: "/plugin/akismet.zip") { client, sandbox, _ in
            sandbox.clearFaults()
            let first = try await client.get("/plugin/akismet.zip")
            try sandbox.world.commit(.plugins, slug: "akismet", .trunk())
            try sandbox.world.commit(.plugins, slug: "akismet", .assets)
            sandbox.fail(SandboxFault(.stale))
            let stale = try await client.get("/plugin/akismet.zip")
            #expect(stale.body == first.body)
        }
    }

    @Test func `an archive is built anew: the same files, other bytes`() async throws {
        try await Self.with(.rebuilt, pattern: "*.zip") { client, sandbox, _ in
            sandbox.clearFaults()
            try sandbox.sizeArchives(Self.path, bytes: nil)
            let first = try await client.get(Self.path)
            sandbox.fail(SandboxFault(.rebuilt, pattern: "/plugin/*.zip"))
            let rebuilt = try await client.get(Self.path)
            #expect(rebuilt.body != first.body && rebuilt.header("ETag") != first.header("ETag"))
            let files = try DownloadTests.entries(first.body)
            let again = try DownloadTests.entries(rebuilt.body)
            #expect(again == files)
        }
    }

    @Test func `a redirect leads to another path or host`() async throws {
        try await Self.with(.redirect(location: "http://localhost:1{path}?again", status: 307)) { client, _, _ in
            let answer = try await client.get(Self.path)
            #expect(answer.status == 307)
            #expect(answer.header("Location") == "http://localhost:1\(Self.path)?again")
        }
    }

    @Test func `a drip may be of many bytes at once`() async throws {
        try await Self.with(.drip(milliseconds: 0, bytes: 100_000)) { client, _, right in
            let answer = try await client.get(Self.path)
            #expect(answer.body == right.body && answer.header("Content-Length") == "\(right.body.count)")
        }
    }

    @Test func `paths choose among versions, and others are spared`() async throws {
        try await Self.with(.status(404), pattern: "/plugin/akismet.5.*") { client, _, _ in
            let struck = try await FaultTests.outcome(client, Self.path)
            let spared = try await FaultTests.outcome(client, "/plugin/akismet.zip")
            #expect(struck == .status(404) && spared == .status(200))
        }
    }

    @Test func `the new effects are commands, too`() async throws {
        try await withSandbox(try DownloadTests.world()) { client, sandbox in
            let commands = [
                (#""effect":"halved""#, 200), (#""effect":"flipped""#, 200), (#""effect":"json-error""#, 200),
                (#""effect":"stale""#, 200), (#""effect":"rebuilt""#, 200),
                (#""effect":"instead","path":"/none""#, 404), (#""effect":"redirect","location":"/x""#, 302),
                (#""effect":"drip","milliseconds":0,"bytes":500"#, 200),
            ]
            for (command, status) in commands {
                let set = try await ControlTests.post(client, "fail", "{\(command),\"pattern\":\"/plugin/*\"}")
                #expect(set.status == 200, "\(command)")
                #expect(try await FaultTests.outcome(client, Self.path) == .status(status), "\(command)")
                sandbox.clearFaults()
            }
            for command in [#""effect":"instead""#, #""effect":"redirect""#, #""effect":"status","status":12345"#] {
                let refused = try await ControlTests.post(client, "fail", "{\(command)}")
                #expect(refused.status == 400, "\(command)")
            }
        }
    }
}
