import Advisories
import Command
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// Wordfence's feed over HTTP, from an answer of 123 MB's shape to documents.
@Suite struct WordfencePipelineTests {
    private static func document(_ number: Int) -> String { "advisories/p2/wp-plugin/plugin-\(number).json" }

    /// As if the half hour between two questions had passed, on both sides.
    private func wait(_ pipeline: Pipeline) async throws {
        pipeline.sandbox.wordfence.accept(key: "sandbox-key", pauseSeconds: 1_800)
        _ = try await pipeline.store.engine.write { session in
            try session.execute("UPDATE advisory_feeds SET asked_at_ms = 0")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P20: what Wordfence says is published whole, through outages and cuts`(_ database: TestDatabase) async throws
    {
        let world = try SandboxWorld.plain(plugins: 5)
        try await Pipeline.with(database, world: world, sources: "wordpress-plugins", composer: []) {
            pipeline,
            address in
            var pipeline = pipeline
            pipeline.settings.stages.advisories.mode = .separate
            pipeline.settings.stages.advisories.feeds = [
                AdvisorySettings.Feed(name: "wordfence") { client in
                    WordfenceFeed(
                        name: "wordfence",
                        url: address.baseURL + "/api/intelligence/v3/vulnerabilities/production",
                        key: "sandbox-key",
                        client: client
                    )
                }
            ]
            let wordfence = pipeline.sandbox.wordfence
            for number in 0..<4 {
                wordfence.publish(
                    SandboxVulnerability(id: "id-\(number)", software: [.init("plugin-\(number)", to: "1.0")])
                )
            }
            try await pipeline.round()
            #expect(try pipeline.advisories(Self.document(1)) == ["WF/id-1/plugin-1"])
            #expect(pipeline.text(Self.document(1))?.contains("\"attribution\":[{\"notice\":\"Copyright") == true)
            #expect(try pipeline.advisories(Self.document(4)) == nil)
            let before = pipeline.bucket()

            // It is asked once in half an hour, however often the stages run.
            let asked = pipeline.sandbox.statistics.requests["wordfence-feed"]
            for _ in 1...3 { try await pipeline.round() }
            #expect(pipeline.sandbox.statistics.requests["wordfence-feed"] == asked)

            for effect in [SandboxFault.Effect.truncated, .halved, .malformedJSON, .htmlPage, .emptyBody, .reset] {
                try await self.wait(pipeline)
                pipeline.sandbox.fail(SandboxFault(effect, route: "wordfence-feed", times: 1))
                let outcome = try await pipeline.discover()
                #expect(
                    outcome.exit == .failed && outcome.error?.contains("wordfence") == true,
                    "\(effect): \(outcome)"
                )
                try await pipeline.update()
                try await pipeline.sync()
                #expect(pipeline.bucket() == before, "\(effect)")
            }
            wordfence.withdraw("id-1")
            wordfence.publish(SandboxVulnerability(id: "id-4", software: [.init("plugin-4", to: "1.0")]))
            try await self.wait(pipeline)
            try await pipeline.round()
            #expect(try pipeline.advisories(Self.document(1)) == nil)
            #expect(try pipeline.advisories(Self.document(4)) == ["WF/id-4/plugin-4"])
        }
    }
}
