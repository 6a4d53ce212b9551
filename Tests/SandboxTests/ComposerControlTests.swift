import Foundation
import Sandbox
import Testing

@Suite struct ComposerControlTests {
    @Test func `packages are published, added and deleted by name or at random`() async throws {
        try await withPackagist { client, _, mount in
            let world = mount.world
            let name = world.names[0]
            let before = world.newestVersion(name)
            let published = try await ControlTests.post(client, "composer-publish", "{\"names\":[\"\(name)\"]}")
            #expect(published.text == "{\"names\":[\"\(name)\"],\"now\":\(world.now)}\n")
            #expect(world.newestVersion(name) != before)
            let start = world.now + 1
            _ = try await ControlTests.post(client, "composer-publish", #"{"count":3,"change":"dev"}"#)
            #expect(try await FeedAnswer.get(client, since: start).actions.count == 3)
            _ = try await ControlTests.post(client, "composer-add", #"{"names":["my/package"]}"#)
            _ = try await ControlTests.post(client, "composer-add", #"{"count":2}"#)
            #expect(world.packageCount == 23 && world.newestVersion("my/package") != nil)
            _ = try await ControlTests.post(client, "composer-delete", #"{"names":["my/package"]}"#)
            let deleted = try await ControlTests.post(client, "composer-delete", #"{"mount":"packagist","count":2}"#)
            #expect(deleted.status == 200 && world.packageCount == 20 && !world.names.contains("my/package"))
        }
    }

    @Test func `lags, swaps, feeds, listings and the clock are set, and the requests are shown`() async throws {
        try await withPackagist { client, _, mount in
            let names = mount.world.names
            _ = try await ControlTests.post(client, "composer-lag", "{\"name\":\"\(names[0])\"}")
            _ = try await ControlTests.post(client, "composer-release-lag", "{}")
            _ = try await ControlTests.post(
                client,
                "composer-swap",
                "{\"name\":\"\(names[0])\",\"other\":\"\(names[1])\"}"
            )
            let swapped = try await client.get("/packagist/p2/\(names[0]).json")
            #expect(swapped.text.contains("{\"\(names[1])\":"))
            _ = try await ControlTests.post(client, "composer-feed", #"{"fault":"resync","times":1}"#)
            #expect(try await FeedAnswer.get(client, since: mount.world.now).actions.map(\.type) == ["resync"])
            _ = try await ControlTests.post(client, "composer-mend-feed", "{}")
            _ = try await ControlTests.post(client, "composer-listings", #"{"percent":50}"#)
            let before = mount.world.now
            _ = try await ControlTests.post(client, "composer-clock", #"{"seconds":60}"#)
            #expect(mount.world.now == before + 600_000)
            let shown = try await client.object("/_sandbox/composer")
            let requests = (shown["packagist"] as? [String: any Sendable])?["requests"] as? [String: Int]
            #expect(requests == ["composer-document": 1, "composer-feed": 1])
        }
    }

    @Test(arguments: [
        ("composer-publish", #"{"mount":"none"}"#, "\"none\""), ("composer-publish", #"{"change":"x"}"#, "\"x\""),
        ("composer-publish", #"{"count":-1}"#, "count"), ("composer-publish", #"{"names":["a/b"]}"#, "a/b"),
        ("composer-add", #"{"names":["b"]}"#, "\"b\""), ("composer-feed", "{}", "fault"),
        ("composer-feed", #"{"fault":"x"}"#, "\"x\""), ("composer-clock", #"{"seconds":-1}"#, "seconds"),
        ("composer-lag", #"{"seconds":1e300}"#, "seconds"), ("composer-nothing", "{}", "composer-nothing"),
    ])
    func `a wrong command changes nothing and says what is wrong`(name: String, body: String, word: String) async throws
    {
        try await withPackagist { client, _, mount in
            let before = mount.world.now
            let answer = try await ControlTests.post(client, name, body)
            #expect(answer.status == 400)
            let error = try #require(try TestClient.object(answer.body)["error"] as? String)
            #expect(error.contains(word) && mount.world.now == before)
        }
    }
}
