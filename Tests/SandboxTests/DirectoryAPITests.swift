import Foundation
import Testing

@testable import Sandbox

@Suite struct DirectoryAPITests {
    static func world() throws -> SandboxWorld {
        let world = SandboxWorld(startSeconds: 1_711_004_000)
        var akismet = SandboxPackage(slug: "akismet", title: "Akismet &#8211; \"Anti\"-spam/é😀")
        akismet.requiresPHP = "5.6.20"
        try world.add(.plugins, akismet, tags: ["5.3", "5.3.1"])
        try world.add(.plugins, SandboxPackage(slug: "untagged"))
        try world.add(.plugins, SandboxPackage(slug: "closed-one"), tags: ["1.0"])
        try world.close(
            slug: "closed-one",
            SandboxClosure(date: "2024-11-13", reason: "author-request", isPermanent: true)
        )
        try world.add(.plugins, SandboxPackage(slug: "silent-one"), tags: ["1.0"])
        try world.close(slug: "silent-one", SandboxClosure(date: "2026-04-09", reason: nil))
        try world.add(.themes, SandboxPackage(slug: "astra"), tags: ["1", "2"])
        return world
    }

    static func object(_ answer: TestClient.Answer) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }

    static let plugin = "/plugins/info/1.2/?action=plugin_information"
    static let theme = "/themes/info/1.2/?action=theme_information"

    @Test(arguments: ["&slug=akismet", "&request%5Bslug%5D=akismet", "&request[slug]=akismet"])
    func `a plugin is answered in either form of the question`(form: String) async throws {
        try await withSandbox(try Self.world()) { client, _ in
            let answer = try await client.get(Self.plugin + form)
            #expect(answer.status == 200)
            let plugin = try Self.object(answer)
            #expect(plugin["name"] as? String == "Akismet &#8211; \"Anti\"-spam/é😀")
            #expect(plugin["version"] as? String == "5.3.1")
            #expect(plugin["requires_php"] as? String == "5.6.20")
            #expect(plugin["requires"] as? Bool == false)
            #expect(plugin["last_updated"] as? String == "2024-03-21 7:14am GMT")
            #expect(plugin["download_link"] as? String == "http://127.0.0.1:\(client.port)/plugin/akismet.5.3.1.zip")
            let versions = try #require(plugin["versions"] as? [String: String])
            #expect(versions.keys.sorted() == ["5.3", "5.3.1", "trunk"])
            #expect(versions["trunk"] == "http://127.0.0.1:\(client.port)/plugin/akismet.zip")
        }
    }

    @Test func `text is escaped as PHP does it`() async throws {
        try await withSandbox(try Self.world()) { client, _ in
            let text = try await client.get(Self.plugin + "&slug=akismet").text
            #expect(text.contains(#""name":"Akismet &#8211; \"Anti\"-spam\/\u00e9\ud83d\ude00""#))
            #expect(text.contains(#"http:\/\/127.0.0.1:"#))
        }
    }

    @Test func `closed, unknown and impossible slugs are 404 with their own errors`() async throws {
        try await withSandbox(try Self.world()) { client, _ in
            func error(_ slug: String) async throws -> String {
                let answer = try await client.get(Self.plugin + "&slug=" + slug)
                #expect(answer.status == 404)
                return answer.text
            }
            let closed = try await error("closed-one")
            #expect(
                closed
                    == #"{"error":"closed","name":"Closed One","slug":"closed-one","description":"This plugin has been closed as of November 13, 2024 and is not available for download. This closure is permanent. Reason: Author Request.","closed":true,"closed_date":"2024-11-13","reason":"author-request","reason_text":"Author Request"}"#
            )
            let silent = try await error("silent-one")
            #expect(
                silent
                    == #"{"error":"closed","name":"Silent One","slug":"silent-one","description":"This plugin has been closed as of April 9, 2026 and is not available for download. This closure is temporary, pending a full review.","closed":true,"closed_date":"2026-04-09","reason":false,"reason_text":false}"#
            )
            let nothing = try await error("nothing")
            #expect(nothing == #"{"error":"Plugin not found."}"#)
            let upper = try await error("UPPER")
            #expect(upper == #"{"error":"Invalid plugin slug."}"#)
            let unknown = try await client.get(Self.theme + "&slug=nothing")
            #expect(unknown.status == 404)
            #expect(unknown.text == #"{"error":"Theme not found"}"#)
        }
    }

    @Test func `a batch answers each slug by itself and is 200 as a whole`() async throws {
        try await withSandbox(try Self.world()) { client, sandbox in
            let answer = try await client.get(Self.plugin + "&slugs=akismet,closed-one,nothing,UPPER")
            #expect(answer.status == 200)
            let batch = try Self.object(answer)
            #expect((batch["akismet"] as? [String: Any])?["slug"] as? String == "akismet")
            #expect((batch["closed-one"] as? [String: Any])?["error"] as? String == "closed")
            #expect((batch["nothing"] as? [String: Any])?["error"] as? String == "Plugin not found.")
            #expect((batch["UPPER"] as? [String: Any])?["error"] as? String == "Invalid plugin slug.")
            #expect(sandbox.statistics.count(.pluginsBatch) == 1)
            #expect(sandbox.statistics.packagesAsked == 4)
        }
    }

    @Test func `a hundred slugs are answered and one more is refused`() async throws {
        try await withSandbox(try Self.world()) { client, _ in
            let hundred = (0..<100).map { "p\($0)" }.joined(separator: ",")
            let all = try Self.object(try await client.get(Self.plugin + "&slugs=" + hundred))
            #expect(all.count == 100)
            let more = try await client.get(Self.plugin + "&slugs=" + hundred + ",one-more")
            #expect(more.status == 422)
            #expect(more.text == #"{"error":"A maximum of 100 plugins can be queried at once."}"#)
        }
    }

    @Test(arguments: [
        ("&fields=stable_tag,-sections,-versions", true, false, false),
        ("&fields[stable_tag]=1&fields[sections]=0&fields[versions]=", true, false, false),
        ("&fields[sections]=false", false, true, true),
        ("&request[slug]=akismet&fields[sections]=0", false, true, true),
        ("", false, true, true),
    ])
    func `fields are turned on and off as PHP reads them`(
        form: String,
        stable: Bool,
        sections: Bool,
        versions: Bool
    ) async throws {
        try await withSandbox(try Self.world()) { client, _ in
            let plugin = try Self.object(try await client.get(Self.plugin + "&slug=akismet" + form))
            #expect((plugin["stable_tag"] != nil) == stable)
            #expect((plugin["sections"] != nil) == sections)
            #expect((plugin["versions"] != nil) == versions)
        }
    }

    @Test func `versions are an empty list without tags, and a list of URLs when tags count from 0`() async throws {
        let world = try Self.world()
        try world.add(.plugins, SandboxPackage(slug: "numbered"), tags: ["0", "1"])
        try world.commit(.plugins, slug: "numbered", .makeLive("trunk"))
        try world.add(.plugins, SandboxPackage(slug: "dotted"), tags: [".1"])
        try await withSandbox(world) { client, _ in
            let base = "http://127.0.0.1:\(client.port)/plugin"
            let untagged = try Self.object(try await client.get(Self.plugin + "&slug=untagged"))
            #expect((untagged["versions"] as? [Any])?.isEmpty == true)
            #expect(untagged["download_link"] as? String == "\(base)/untagged.zip")
            let numbered = try Self.object(try await client.get(Self.plugin + "&slug=numbered"))
            #expect(numbered["versions"] as? [String] == ["\(base)/numbered.0.zip", "\(base)/numbered.1.zip"])
            let dotted = try Self.object(try await client.get(Self.plugin + "&slug=dotted"))
            #expect((dotted["versions"] as? [String: String])?["0.1"] == "\(base)/dotted..1.zip")
        }
    }

    @Test func `a theme has an author object, a whole number as its version, and versions only when asked`()
        async throws
    {
        try await withSandbox(try Self.world()) { client, _ in
            let plain = try Self.object(try await client.get(Self.theme + "&request[slug]=astra"))
            #expect(plain["versions"] == nil)
            #expect(plain["version"] as? Int == 2)
            #expect((plain["author"] as? [String: Any])?["display_name"] is String)
            #expect(plain["last_updated"] as? String == "2024-03-21")
            let asked = try Self.object(
                try await client.get(Self.theme + "&slug=astra&fields[versions]=1&fields[extended_author]=0")
            )
            let versions = try #require(asked["versions"] as? [String: String])
            #expect(versions["1"] == "http://127.0.0.1:\(client.port)/theme/astra.1.zip")
            #expect(asked["author"] is String)
            let list = try Self.object(try await client.get(Self.theme + "&slug=astra&fields=versions"))
            #expect(list["versions"] == nil, "the theme API has no ear for lists of fields")
            let posted = try await client.send("POST", Self.theme + "&slug=astra")
            #expect(posted.status == 405)
        }
    }

    @Test func `several themes are answered, or refused as one version of the real API does`() async throws {
        try await withSandbox(try Self.world()) { client, _ in
            let batch = try Self.object(
                try await client.get(Self.theme + "&request[slugs][]=astra&request[slugs][]=no")
            )
            #expect((batch["astra"] as? [String: Any])?["slug"] as? String == "astra")
            #expect((batch["no"] as? [String: Any])?["error"] as? String == "Theme not found")
            let spoilt = try await client.get(Self.theme + "&slugs=astra,UPPER")
            #expect(spoilt.status == 404)
            #expect(spoilt.text == #"{"error":"Invalid slugs provided"}"#)
        }
        var settings = SandboxSettings()
        settings.themesRefuseSlugs = true
        try await withSandbox(try Self.world(), settings: settings) { client, _ in
            let refused = try await client.get(Self.theme + "&slugs=astra")
            #expect(refused.status == 404)
            #expect(refused.text == #"{"error":"Slugs not provided"}"#)
        }
    }

    @Test func `answers are compressed for those who accept it, where that is turned on`() async throws {
        var settings = SandboxSettings()
        settings.compressesAnswers = true
        try await withSandbox(try Self.world(), settings: settings) { client, _ in
            let plain = try await client.get(Self.plugin + "&slug=akismet")
            #expect(plain.header("Content-Encoding") == nil)
            let answer = try await client.get(Self.plugin + "&slug=akismet", headers: ["Accept-Encoding": "br, gzip"])
            #expect(answer.header("Content-Encoding") == "gzip")
            #expect(Deflate.gunzip(answer.body) == plain.body)
        }
    }

    @Test func `a query pages through open packages, the last updated first`() async throws {
        try await withSandbox(try Self.world()) { client, _ in
            let path = "/plugins/info/1.2/?action=query_plugins&per_page=1&page="
            let first = try Self.object(try await client.get(path + "1"))
            #expect((first["info"] as? [String: Int]) == ["page": 1, "pages": 2, "results": 2])
            #expect((first["plugins"] as? [[String: Any]])?.map { $0["slug"] as? String } == ["untagged"])
            let second = try Self.object(try await client.get(path + "2"))
            #expect((second["plugins"] as? [[String: Any]])?.map { $0["slug"] as? String } == ["akismet"])
            let third = try Self.object(try await client.get(path + "3"))
            #expect(third["plugins"] as? [String] == [])
        }
    }
}
