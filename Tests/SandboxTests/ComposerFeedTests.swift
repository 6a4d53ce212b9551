import Sandbox
import Testing

@Suite struct ComposerFeedTests {
    @Test(arguments: ["", "?since=", "?since=x", "?since=1717200000", "?since=1717200000000"])
    func `without a time, or with one in a smaller unit, it is 400 and the timestamp to begin with`(query: String)
        async throws
    {
        try await withPackagist { client, _, mount in
            let answer = try await client.get("/packagist/metadata/changes.json\(query)")
            #expect(answer.status == 400)
            #expect(answer.text.hasSuffix("\"timestamp\":\(mount.world.now + 1)}"))
            #expect(mount.requests.count(.composerFeed) == 1)
        }
    }

    @Test func `it tells what changed since, the time itself included, and one more than the newest to ask with next`()
        async throws
    {
        try await withPackagist { client, _, mount in
            let names = mount.world.names
            let start = mount.world.now + 1
            try mount.world.publish([names[3]])
            try mount.world.publish([names[4]], .dev)
            try mount.world.publish([names[5]], .advisory)
            let newest = mount.world.now
            let all = try await FeedAnswer.get(client, since: start)
            #expect(all.actions.map(\.package) == [names[3], names[3] + "~dev", names[4] + "~dev", names[5]])
            #expect(all.actions.last?.time == newest / 10_000)
            #expect(all.timestamp == newest + 1)
            #expect(try await FeedAnswer.get(client, since: newest).actions.count == 1)
            #expect(try await FeedAnswer.get(client, since: newest + 1).actions.isEmpty)
        }
    }

    @Test func `a name has one action, its newest; the timestamp stands still while nothing happens`() async throws {
        try await withPackagist { client, _, mount in
            let name = mount.world.names[0]
            let start = mount.world.now
            for _ in 0..<3 { try mount.world.publish([name], .dev) }
            let first = try await FeedAnswer.get(client, since: start)
            #expect(first.actions.map(\.package) == [name + "~dev"])
            mount.world.advance(seconds: 3_600)
            #expect(try await FeedAnswer.get(client, since: start).timestamp == first.timestamp)
        }
    }

    @Test func `a delete takes the dev action away, and wins over an update less than ten seconds newer`() async throws
    {
        try await withPackagist { client, _, mount in
            let name = mount.world.names[0]
            let start = mount.world.now
            try mount.world.publish([name])
            try mount.world.delete([name])
            let gone = try await client.get("/packagist/p2/\(name).json")
            #expect(gone.status == 404)
            let deleted = try await FeedAnswer.get(client, since: start).actions
            #expect(deleted.map(\.type) == ["delete"] && deleted.map(\.package) == [name])
            try mount.world.add([name])
            #expect(try await FeedAnswer.get(client, since: start).actions.map(\.type) == ["delete"])
            mount.world.advance(seconds: 10)
            try mount.world.publish([name])
            #expect(try await FeedAnswer.get(client, since: start).actions.map(\.type) == ["update", "update"])
        }
    }

    @Test func `what is older than a day, and more than 100,000 actions, are a resync`() async throws {
        try await withPackagist(ComposerWorld(packages: 50_001)) { client, _, mount in
            let start = mount.world.now
            mount.world.publish(count: 50_000)
            let many = try await FeedAnswer.get(client, since: mount.world.now - 86_000 * 10_000)
            #expect(many.actions.map(\.type) != ["resync"] || mount.world.now - start > 86_400 * 10_000)
            let old = try await FeedAnswer.get(client, since: start)
            #expect(old.actions.map(\.type) == ["resync"] && old.actions.map(\.package) == ["*"])
            #expect(old.timestamp == mount.world.now + 1)
        }
    }

    @Test func `its faults are each as asked, and as often`() async throws {
        try await withPackagist { client, _, mount in
            let world = mount.world
            let start = world.now
            try world.publish([world.names[0]], .dev)
            let real = try await FeedAnswer.get(client, since: start)
            world.breakFeed(.restarted, times: 1)
            world.breakFeed(.jumpsBack(units: 7), times: 1)
            world.breakFeed(.repeats, times: 1)
            world.breakFeed(.resync, times: 1)
            let restarted = try await FeedAnswer.get(client, since: start)
            #expect(restarted.actions.isEmpty && restarted.timestamp < start)
            #expect(try await FeedAnswer.get(client, since: start).timestamp == real.timestamp - 7)
            #expect(try await FeedAnswer.get(client, since: real.timestamp).actions == real.actions)
            #expect(try await FeedAnswer.get(client, since: real.timestamp).actions.map(\.type) == ["resync"])
            world.breakFeed(.timestamp(json: "9e999"))
            world.mendFeed()
            world.breakFeed(.timestamp(json: "-1"), times: 1)
            #expect(try await FeedAnswer.get(client, since: start).timestamp == -1)
            world.breakFeed(.oddActions, times: 1)
            let odd = try await client.object("/packagist/metadata/changes.json?since=\(start)")
            #expect((odd["actions"] as? [any Sendable])?.count ?? 0 > real.actions.count)
            #expect(try await FeedAnswer.get(client, since: start).actions == real.actions)
        }
    }

    @Test func `every second list lacks what was asked, and the others are whole`() async throws {
        try await withPackagist(ComposerWorld(packages: 1_000)) { client, _, mount in
            mount.world.letListingsDisagree(percent: 10)
            var counts: [Int] = []
            for _ in 0..<4 {
                let list = try await client.object("/packagist/packages/list.json")
                counts.append((list["packageNames"] as? [String])?.count ?? 0)
            }
            #expect(counts[0] == 1_000 && counts[2] == 1_000)
            #expect((850...950).contains(counts[1]) && counts[3] == counts[1])
        }
    }
}
