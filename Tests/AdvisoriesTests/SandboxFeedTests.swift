import Composer
import ComposerRepository
import Facts
import Sandbox
import TestSupport
import Testing
import Upstream

@testable import Advisories

/// Feeds against the imitated Wordfence and Packagist, while these change and fail.
@Suite struct SandboxFeedTests {
    /// Runs a sandbox, and gives a client that would ask any server.
    private static func with(
        _ mounts: [ComposerMount] = [],
        _ body: (Sandbox, _ url: String, UpstreamClient) async throws -> Void
    ) async throws {
        let sandbox = Sandbox(world: SandboxWorld(), composer: mounts)
        try await sandbox.withRunningServer { address in
            try await TestUpstream.with(.forTests(attempts: 1), script: { _ in .hangUp }) { connection in
                try await body(sandbox, address.baseURL, connection.client)
            }
        }
    }

    @Test func `P20: Wordfence's feed is everything or an error, whatever happens on the way`() async throws {
        try await Self.with { sandbox, url, client in
            for number in 0..<200 {
                sandbox.wordfence.publish(
                    SandboxVulnerability(id: "uuid-\(number)", software: [.init("p\(number)", to: "1.\(number)")])
                )
            }
            let feed = WordfenceFeed(
                name: "wordfence",
                url: url + "/api/intelligence/v3/vulnerabilities/production",
                key: "sandbox-key",
                client: client
            )
            guard case .everything(let all, _, let troubles) = try await feed.read(FeedRequest()) else {
                Issue.record("not everything")
                return
            }
            #expect(all.count == 200 && troubles == FeedTroubles())
            #expect(all.allSatisfy { $0.notices.count == 1 && $0.advisory.link?.contains("wordfence.com") == true })
            let early = await #expect(throws: UpstreamError.self) { try await feed.read(FeedRequest()) }
            #expect(early?.status == 429)
            for effect in [SandboxFault.Effect.truncated, .halved, .malformedJSON, .htmlPage, .emptyBody, .reset] {
                sandbox.wordfence.accept(key: "sandbox-key", pauseSeconds: 1_800)
                sandbox.fail(SandboxFault(effect, route: "wordfence-feed", times: 1))
                let error = await #expect(throws: UpstreamError.self) { try await feed.read(FeedRequest()) }
                #expect(error != nil, "\(effect)")
            }
            sandbox.wordfence.accept(key: "sandbox-key", pauseSeconds: 1_800)
            sandbox.wordfence.withdraw("uuid-7")
            guard case .everything(let rest, _, _) = try await feed.read(FeedRequest()) else {
                Issue.record("not everything")
                return
            }
            #expect(Set(all.map(\.advisory.id)).subtracting(rest.map(\.advisory.id)) == ["WF/uuid-7/p7"])
        }
    }

    @Test func `P20: what Packagist adds is told at once, what it withdraws when everything is asked for`() async throws
    {
        let world = ComposerWorld(packages: 500)
        let mount = try ComposerMount("packagist", .packagist, world)
        try await Self.with([mount]) { _, url, client in
            let feed = ComposerAdvisoryFeed(
                name: "packagist",
                url: try RepositoryURL(url + "/packagist"),
                client: client
            )
            guard case .everything(let all, let cursor?, _) = try await feed.read(FeedRequest()) else {
                Issue.record("not everything")
                return
            }
            #expect(!all.isEmpty)
            let name = world.name(3)
            try world.publish([name], .advisory)
            guard case .updates(let new, let next?, _) = try await feed.read(FeedRequest(cursor: cursor)) else {
                Issue.record("no updates")
                return
            }
            #expect(new.map(\.subject) == [.name(name)])
            for _ in 0..<2 { try world.publish([name], .withdrawal) }
            guard case .updates(let none, _, _) = try await feed.read(FeedRequest(cursor: next)) else {
                Issue.record("no updates")
                return
            }
            #expect(none.isEmpty)
            guard case .everything(let rest, _, _) = try await feed.read(FeedRequest(cursor: next, wantsAll: true))
            else {
                Issue.record("not everything")
                return
            }
            #expect(Set(rest) == Set(all.filter { $0.subject != .name(name) }))
        }
    }
}
