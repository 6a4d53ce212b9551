import Foundation
import Testing

@testable import Sandbox

@Suite struct ComposerDocumentTests {
    static func versions(_ client: TestClient, _ path: String, _ name: String) async throws -> [[String: any Sendable]]
    {
        let document = try await client.object(path)
        let packages = try #require(document["packages"] as? [String: any Sendable])
        return try #require(packages[name] as? [[String: any Sendable]])
    }

    @Test func `each package has two documents, and only the main one has advisories`() async throws {
        try await withPackagist { client, _, mount in
            for name in mount.world.names {
                let main = try await client.object("/packagist/p2/\(name).json")
                #expect(main.keys.sorted() == ["minified", "packages", "security-advisories"])
                let dev = try await client.object("/packagist/p2/\(name)~dev.json")
                #expect(dev.keys.sorted() == ["minified", "packages"])
                let branches = try await Self.versions(client, "/packagist/p2/\(name)~dev.json", name)
                #expect(branches.first?["version"] as? String == "dev-main")
            }
            let none = try await client.get("/packagist/p2/none/none-3.json")
            #expect(none.status == 404)
        }
    }

    @Test func `a release comes first, moves the branch, and leaves all that was there as it was`() async throws {
        try await withPackagist { client, _, mount in
            let name = try #require(mount.world.names.first { mount.world.newestVersion($0) != nil })
            let path = "/packagist/p2/\(name).json"
            let before = try await Self.versions(client, path, name)
            let dev = try await client.get("/packagist/p2/\(name)~dev.json")
            try mount.world.publish([name])
            let after = try await Self.versions(client, path, name)
            #expect(after.count == before.count + 1)
            #expect(after.first?["version"] as? String == mount.world.newestVersion(name))
            #expect(after.first?["version"] as? String != before.first?["version"] as? String)
            #expect(Self.references(after).dropFirst() == Self.references(before)[...])
            let moved = try await client.get("/packagist/p2/\(name)~dev.json")
            #expect(moved.body != dev.body)
        }
    }

    static func references(_ versions: [[String: any Sendable]]) -> [String] {
        versions.compactMap { ($0["dist"] as? [String: any Sendable])?["reference"] as? String }
    }

    @Test func `the same seed makes the same bytes, another one others`() async throws {
        func bytes(seed: UInt64) async throws -> [UInt8] {
            try await withPackagist(ComposerWorld(seed: seed, packages: 20)) { client, _, mount in
                mount.world.publish(count: 5)
                var all: [UInt8] = []
                for name in mount.world.names { all += try await client.get("/packagist/p2/\(name).json").body }
                return Array(String(decoding: all, as: UTF8.self).replacing(":\(client.port)/", with: "/").utf8)
            }
        }
        let first = try await bytes(seed: 1)
        let again = try await bytes(seed: 1)
        #expect(first == again)
        let other = try await bytes(seed: 2)
        #expect(first != other)
    }

    @Test func `a document has its action's time, rounded up, and 304 for who has it; gzip for who takes it`()
        async throws
    {
        try await withPackagist { client, _, mount in
            let name = mount.world.names[0]
            let start = mount.world.now
            try mount.world.publish([name])
            let path = "/packagist/p2/\(name).json"
            let whole = try await client.get(path)
            let modified = try #require(whole.header("Last-Modified"))
            let action = try #require(try await FeedAnswer.get(client, since: start).actions.first)
            let seconds = try #require(HTTPDateText.seconds(modified))
            #expect(seconds == (mount.world.now + 9_999) / 10_000 && seconds >= action.time)
            let known = try await client.get(path, headers: ["If-Modified-Since": modified])
            #expect(known.status == 304 && known.body.isEmpty && known.header("Last-Modified") == modified)
            #expect(mount.requests.notModified == 1)
            let compressed = try await client.get(path, headers: ["Accept-Encoding": "gzip"])
            #expect(compressed.header("Content-Encoding") == "gzip")
            #expect(Deflate.gunzip(compressed.body) == whole.body)
            try mount.world.publish([name])
            let changed = try await client.get(path, headers: ["If-Modified-Since": modified])
            #expect(changed.status == 200)
        }
    }

    @Test func `two publications may share a Last-Modified where that is asked for`() async throws {
        try await withPackagist { client, _, mount in
            let name = mount.world.names[0]
            try mount.world.publish([name])
            let first = try await client.get("/packagist/p2/\(name).json")
            try mount.world.publish([name], isSameSecond: true)
            let second = try await client.get("/packagist/p2/\(name).json")
            #expect(first.header("Last-Modified") == second.header("Last-Modified") && first.body != second.body)
        }
    }

    @Test func `twelve versions in the mean, and a tail of thousands`() {
        let catalogue = ComposerCatalogue(seed: 1, startSeconds: 0)
        let counts = (0..<100_000).map { catalogue.initialVersions($0) + catalogue.branches($0) }
        let mean = Double(counts.reduce(0, +)) / Double(counts.count)
        #expect((11.0...13.5).contains(mean), "\(mean)")
        #expect(counts.contains { $0 > 2_000 } && counts.allSatisfy { $0 <= ComposerCatalogue.mostVersions + 3 })
    }

    @Test func `a name is its number's and no other's`() {
        let catalogue = ComposerCatalogue(seed: 3, startSeconds: 0)
        let names = (0..<10_000).map { catalogue.name($0) }
        #expect(Set(names).count == names.count)
        #expect(names.enumerated().allSatisfy { catalogue.number($1) == $0 })
        for name in ["", "a", "a/b", "acme/parser-+0", "acme/parser--1", "x/y-99999999999999999999"] {
            #expect(catalogue.number(name) == nil)
        }
    }

    @Test func `a minified document is what PHP would make of its versions`() async throws {
        // A package with enough versions that something is taken back.
        let world = ComposerWorld(packages: 200)
        let number = try #require(
            (0..<200).first { world.withState { state in state.catalogue }.initialVersions($0) > 20 }
        )
        let name = world.name(number)
        try await withPackagist(world) { client, _, _ in
            let versions = try await Self.versions(client, "/packagist/p2/\(name).json", name)
            #expect(versions.contains { $0["funding"] as? String == "__unset" })
            #expect(versions[0]["name"] as? String == name && versions[1]["name"] == nil)
            #expect(
                versions.allSatisfy { $0["version_normalized"] is String && $0["dist"] != nil && $0["time"] != nil }
            )
        }
    }

    @Test func `a document may hold several packages, none, or a version that ends a client's update`() async throws {
        try await withPackagist { client, _, mount in
            let world = mount.world
            let name = try #require(world.names.first { world.newestVersion($0) != nil })
            let path = "/packagist/p2/\(name).json"
            let whole = try await client.get(path)
            try world.bend(name, .several)
            let several = try await client.object(path)
            #expect((several["packages"] as? [String: any Sendable])?.count == 2)
            let answer = try await ControlTests.post(
                client,
                "composer-quirk",
                "{\"name\":\"\(name)\",\"quirk\":\"none\"}"
            )
            #expect(answer.status == 200)
            let none = try await client.object(path)
            #expect((none["packages"] as? [any Sendable])?.isEmpty == true)
            try world.bend(name, .brokenSource)
            let source = try await Self.versions(client, path, name)[0]["source"] as? [String: String]
            #expect(source?.keys.sorted() == ["type", "url"])
            try world.bend(name, nil)
            let mended = try await client.get(path)
            #expect(mended.body == whole.body)
        }
    }
}
