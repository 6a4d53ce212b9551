import Sandbox
import Testing

/// Feeds of advisories.
@Suite struct AdvisoryTests {
    private static let path = "/api/intelligence/v3/vulnerabilities/production"
    private static let key = ["Authorization": "Bearer sandbox-key"]

    @Test func `Wordfence's feed is one object of all records, with the key, once in half an hour`() async throws {
        try await withSandbox(SandboxWorld()) { client, sandbox in
            let command = #"{"id":"uuid-1","software":[{"slug":"acme","to":"1.0","toInclusive":false}]}"#
            let done = try await client.send("POST", "/_sandbox/wordfence-publish", body: Array(command.utf8))
            #expect(done.status == 200)
            let theme = SandboxVulnerability.Software("b", type: "theme", to: "2.0")
            sandbox.wordfence.publish(SandboxVulnerability(id: "uuid-2", software: [theme]))
            #expect(try await client.get(Self.path).status == 401)
            let feed = try await client.object(Self.path, headers: Self.key)
            #expect(feed.keys.sorted() == ["uuid-1", "uuid-2"])
            let again = try await client.get(Self.path, headers: Self.key)
            #expect(again.status == 429 && again.header("Retry-After") != nil)
            sandbox.wordfence.accept(key: "sandbox-key", pauseSeconds: 0)
            sandbox.wordfence.withdraw("uuid-1")
            #expect(try await client.object(Self.path, headers: Self.key).keys.sorted() == ["uuid-2"])
            #expect(sandbox.statistics.count(.wordfenceFeed) == 4)
        }
    }

    @Test func `Packagist's API tells what was added since, and not what was withdrawn`() async throws {
        try await withPackagist { client, _, mount in
            func names(_ query: String) async throws -> [String] {
                let answer = try await client.object("/packagist/api/security-advisories/?\(query)")
                return (answer["advisories"] as? [String: any Sendable])?.keys.sorted() ?? []
            }
            let name = mount.world.name(3)
            let before = try await names("updatedSince=0")
            try mount.world.publish([name], .advisory)
            #expect(try await names("updatedSince=1717200001") == [name])
            #expect(try await names("updatedSince=0") == Set(before + [name]).sorted())
            try mount.world.publish([name], .withdrawal)
            try mount.world.publish([name], .withdrawal)
            #expect(try await names("updatedSince=0") == before.filter { $0 != name })
            #expect(try await names("packages[]=\(name)") == [name])
            for query in ["", "updatedSince=-1", "updatedSince=99999999999", "updatedSince=5&packages[]=\(name)"] {
                let answer = try await client.get("/packagist/api/security-advisories/?\(query)")
                #expect(answer.status == 400, "\(query)")
            }
        }
    }
}
