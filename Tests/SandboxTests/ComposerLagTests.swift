import Sandbox
import Testing

@Suite struct ComposerLagTests {
    @Test func `documents lag behind the feed: old ones as they were, new ones not there, deleted ones still`()
        async throws
    {
        try await withPackagist { client, _, mount in
            let world = mount.world
            let names = world.names
            let before = try await client.get("/packagist/p2/\(names[0]).json")
            let start = world.now
            try world.lag()
            try world.publish([names[0]])
            try world.add(["new/package"])
            try world.delete([names[1]])
            #expect(try await FeedAnswer.get(client, since: start + 1).actions.count == 5)
            let stale = try await client.get("/packagist/p2/\(names[0]).json")
            #expect(stale.body == before.body && stale.header("Last-Modified") == before.header("Last-Modified"))
            let new = try await client.get("/packagist/p2/new/package~dev.json")
            #expect(new.status == 404)
            let deleted = try await client.get("/packagist/p2/\(names[1]).json")
            #expect(deleted.status == 200)
            world.releaseLag()
            let current = try await client.get("/packagist/p2/\(names[0]).json")
            #expect(current.body != before.body)
            let there = try await client.get("/packagist/p2/new/package~dev.json")
            #expect(there.status == 200)
            let gone = try await client.get("/packagist/p2/\(names[1]).json")
            #expect(gone.status == 404)
        }
    }

    @Test func `a lag is of one package, and ends after so many publications or with its time`() async throws {
        try await withPackagist { client, _, mount in
            let world = mount.world
            let (slow, quick) = (world.names[0], world.names[1])
            func body(_ name: String) async throws -> [UInt8] {
                try await client.get("/packagist/p2/\(name).json").body
            }
            let (slowBefore, quickBefore) = (try await body(slow), try await body(quick))
            try world.lag(name: slow, publications: 3)
            try world.publish([slow, quick])
            #expect(try await body(slow) == slowBefore)
            #expect(try await body(quick) != quickBefore)
            try world.publish([quick])
            #expect(try await body(slow) != slowBefore)
            let current = try await body(slow)
            try world.lag(name: slow, duration: .zero)
            try world.publish([slow])
            #expect(try await body(slow) != current)
        }
    }

    @Test func `a document can be another package's, or spoilt as any other answer`() async throws {
        try await withPackagist { client, sandbox, mount in
            let names = mount.world.names
            try mount.world.answer(names[0], with: names[1])
            let swapped = try await client.get("/packagist/p2/\(names[0]).json")
            let other = try await client.get("/packagist/p2/\(names[1]).json")
            #expect(swapped.body == other.body)
            try mount.world.answer(names[0], with: nil)
            sandbox.fail(SandboxFault(.status(503), route: .composerDocument, pattern: names[0], times: 1))
            sandbox.fail(
                SandboxFault(.htmlPage, route: "composer-*", pattern: "/packagist/p2/\(names[1]).json", times: 1)
            )
            sandbox.fail(SandboxFault(.truncated, route: .composerDevDocument, times: 1))
            let failed = try await client.get("/packagist/p2/\(names[0]).json")
            #expect(failed.status == 503)
            let page = try await client.get("/packagist/p2/\(names[1]).json")
            #expect(page.status == 200 && page.text.hasPrefix("<html>"))
            await #expect(throws: TestClient.Failure.self) {
                try await client.get("/packagist/p2/\(names[2])~dev.json", headers: ["Accept-Encoding": "gzip"])
            }
            #expect(mount.requests.count(.composerDocument) == 4 && mount.requests.count(.composerDevDocument) == 1)
            #expect(sandbox.statistics.count(.composerDocument) == 4 && sandbox.statistics.upstreamRequests == 5)
        }
    }
}
