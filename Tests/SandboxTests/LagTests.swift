import Sandbox
import Testing

@Suite struct LagTests {
    static let path = "/plugins/info/1.2/?action=plugin_information&slug="

    static func version(_ slug: String, _ client: TestClient) async throws -> String {
        let text = try await client.get(Self.path + slug).text
        return text.split(separator: "\"version\":\"").last.map { String($0.prefix { $0 != "\"" }) } ?? text
    }

    static func world() throws -> SandboxWorld {
        let world = SandboxWorld()
        for slug in ["slow", "quick"] { try world.add(.plugins, SandboxPackage(slug: slug), tags: ["1.0"]) }
        return world
    }

    @Test func `the API of a lagging package answers with the old state until it is released`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.world.lag(.plugins, slug: "slow")
            for slug in ["slow", "quick"] { try sandbox.world.commit(.plugins, slug: slug, .tag("2.0")) }
            let lagging = try await Self.version("slow", client)
            #expect(lagging == "1.0")
            let current = try await Self.version("quick", client)
            #expect(current == "2.0")
            let query = SubversionTests.logQuery("<S:start-revision>5</S:start-revision><S:discover-changed-paths/>")
            let log = try await client.send("REPORT", "/svn/plugins/", body: query)
            #expect(log.text.contains("/slow/tags/2.0"), "Subversion never lags")
            sandbox.world.releaseLag(.plugins, slug: "slow")
            let released = try await Self.version("slow", client)
            #expect(released == "2.0")
        }
    }

    @Test func `a lag of all packages hides new ones, closures and reopenings too`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.world.lag(.plugins)
            try sandbox.world.add(.plugins, SandboxPackage(slug: "new"), tags: ["1.0"])
            try sandbox.world.close(slug: "quick")
            let unknown = try await client.get(Self.path + "new")
            #expect(unknown.status == 404)
            let open = try await client.get(Self.path + "quick")
            #expect(open.status == 200)
            sandbox.world.releaseLag(.plugins)
            let known = try await client.get(Self.path + "new")
            #expect(known.status == 200)
            let closed = try await client.get(Self.path + "quick")
            #expect(closed.status == 404)
        }
    }

    @Test func `a lag ends by itself after so many commits`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.world.lag(.plugins, slug: "slow", commits: 2)
            try sandbox.world.commit(.plugins, slug: "slow", .tag("2.0"))
            let before = try await Self.version("slow", client)
            #expect(before == "1.0")
            try sandbox.world.commit(.plugins, slug: "quick", .assets)
            let after = try await Self.version("slow", client)
            #expect(after == "2.0")
        }
    }

    @Test func `a lag without time left is over`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            sandbox.world.lag(.plugins, duration: .zero)
            try sandbox.world.commit(.plugins, slug: "slow", .tag("2.0"))
            let version = try await Self.version("slow", client)
            #expect(version == "2.0")
        }
    }
}
