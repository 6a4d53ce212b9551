import Foundation
import Sandbox
import Testing

@Suite struct ControlTests {
    static func post(_ client: TestClient, _ name: String, _ body: String) async throws -> TestClient.Answer {
        try await client.send("POST", "/_sandbox/\(name)", body: body)
    }

    @Test func `packages are added, committed to, closed, reopened and removed`() async throws {
        try await withSandbox(SandboxWorld()) { client, sandbox in
            let world = sandbox.world
            let added = try await Self.post(client, "add", #"{"slug":"p","tags":["1.0"],"requiresPHP":"8.1"}"#)
            #expect(added.text == "{\"revision\":2}\n")
            let tag = try await Self.post(client, "commit", #"{"slug":"p","change":"tag","tag":"1.1"}"#)
            #expect(tag.text == "{\"revision\":3}\n")
            #expect(world.package(.plugins, slug: "p")?.stableTag == "1.1")
            _ = try await Self.post(client, "commit", #"{"slug":"p","change":"rename-tag","tag":"1.0","to":"0.9"}"#)
            #expect(world.package(.plugins, slug: "p")?.tags.map(\.name) == ["0.9", "1.1"])
            _ = try await Self.post(client, "close", #"{"slug":"p","reason":"author-request","permanent":true}"#)
            #expect(world.package(.plugins, slug: "p")?.closure?.isPermanent == true)
            _ = try await Self.post(client, "reopen", #"{"slug":"p"}"#)
            #expect(world.package(.plugins, slug: "p")?.closure == nil)
            _ = try await Self.post(client, "add", #"{"directory":"themes","slug":"t","tags":["2"]}"#)
            #expect(world.package(.themes, slug: "t")?.version == "2")
            _ = try await Self.post(client, "remove", #"{"slug":"p"}"#)
            #expect(world.package(.plugins, slug: "p") == nil)
            _ = try await Self.post(client, "clock", #"{"now":"2030-01-02 03:04:05"}"#)
            let state = try await client.get("/_sandbox/state")
            #expect(
                state.text
                    == #"{"now":"2030-01-02 03:04:05","plugins":0,"pluginsRevision":5,"replayRoundsLeft":0,"themes":1,"themesRevision":2}"#
                    + "\n"
            )
        }
    }

    @Test func `faults, limits and lags are set and taken back, and none strikes the control API`() async throws {
        try await withSandbox(try SandboxWorld.builtIn) { client, sandbox in
            let fault = try await Self.post(client, "fail", #"{"effect":"status","status":502,"times":2}"#)
            #expect(fault.text == "{\"id\":1}\n")
            let first = try await client.get("/svn/plugins/")
            #expect(first.status == 502)
            _ = try await Self.post(client, "clear-faults", "{}")
            _ = try await Self.post(client, "throttle", #"{"perSecond":1,"route":"themes-*"}"#)
            let second = try await client.get("/svn/plugins/")
            #expect(second.status == 200)
            _ = try await Self.post(client, "lag", #"{"slug":"akismet"}"#)
            try sandbox.world.commit(.plugins, slug: "akismet", .tag("99"))
            let lagging = try await client.get(LagTests.path + "akismet")
            #expect(!lagging.text.contains("akismet.99.zip"))
            _ = try await Self.post(client, "release-lag", "{}")
            let current = try await client.get(LagTests.path + "akismet")
            #expect(current.text.contains("akismet.99.zip"))
            let counts = try await client.get("/_sandbox/stats")
            #expect(
                counts.text
                    == #"{"packagesAsked":2,"requests":{"plugins-api-single":2,"plugins-svn-listing":2},"statuses":{"200":3,"502":1}}"#
                    + "\n"
            )
            _ = try await Self.post(client, "reset-stats", "")
            #expect(sandbox.statistics.upstreamRequests == 0)
        }
    }

    @Test(arguments: [
        ("commit", #"{"change":"tag","slug":"akismet"}"#, "\"tag\" is missing"),
        ("commit", #"{"change":"nonsense","slug":"akismet"}"#, "\"nonsense\" is no change that a commit can make"),
        ("commit", #"{"change":"trunk","slug":"nobody"}"#, "plugins: there is no directory \"nobody\"; add it first"),
        ("fail", #"{"effect":"wish"}"#, "\"wish\" is no effect that a fault can have"),
        ("clock", #"{"now":"soon"}"#, "\"soon\" is no date"),
        ("replay-round", "{}", "no events were loaded to replay; start the sandbox with a world from a data folder"),
        ("nonsense", "{}", "there is no command \"nonsense\""),
    ])
    func `a command that makes no sense is 400 and says why`(name: String, body: String, reason: String) async throws {
        try await withSandbox(try SandboxWorld.builtIn) { client, _ in
            let refused = try await Self.post(client, name, body)
            #expect(refused.status == 400)
            let error = try JSONDecoder().decode([String: String].self, from: Data(refused.body))
            #expect(error == ["error": reason])
        }
    }
}
