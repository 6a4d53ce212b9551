import Foundation
import TestSupport
import Testing

@testable import Composer
@testable import Facts
@testable import Upstream
@testable import WordPress

/// What the versions in a document say.
@Suite struct DocumentTests {
    static let akismet = Payload(
        type: .plugin,
        slug: "akismet",
        title: "Akismet",
        shortDescription: "The best anti-spam &amp; more.",
        version: "5.3.2",
        stableTag: "5.3.2",
        requiresPHP: "5.6.20",
        author: #"<a href="https://automattic.com/wordpress-plugins/">Automattic &#8211; Team</a>"#,
        authorURL: "https://profiles.wordpress.org/automattic/",
        homepage: "https://akismet.com/",
        lastUpdatedSeconds: 1_711_004_160,
        versions: [
            VersionLink(tag: "5.3.2", url: "https://downloads.wordpress.org/plugin/akismet.5.3.2.zip"),
            VersionLink(tag: "5.3.1", url: "https://downloads.wordpress.org/plugin/akismet.5.3.1.zip"),
            VersionLink(tag: "5.3", url: "https://downloads.wordpress.org/plugin/akismet.5.3.zip"),
            VersionLink(tag: "trunk", url: "https://downloads.wordpress.org/plugin/akismet.zip"),
        ]
    )

    @Test func `the bytes of a document are these`() {
        let facts: LogFacts = [
            "tags/5.3.1": LogFact(
                revision: 3_000_001,
                changedAtMilliseconds: 1_705_000_000_999,
                appearedAtMilliseconds: 1_704_999_999_999
            ),
            "trunk": LogFact(revision: 3_000_002, changedAtMilliseconds: 1_711_004_160_500),
        ]
        let derived = Derivation.documents(Self.akismet, facts: facts)
        let constant = """
            "name":"wp-plugin/akismet","description":"The best anti-spam & more.","homepage":"https://akismet.com/"
            """
        let authors =
            #""authors":[{"name":"Automattic – Team","homepage":"https://automattic.com/wordpress-plugins/"}]"#
        let support = """
            "support":{"issues":"https://wordpress.org/support/plugin/akismet/",\
            "forum":"https://wordpress.org/support/plugin/akismet/",\
            "source":"https://plugins.trac.wordpress.org/browser/akismet"}
            """
        let source = #""source":{"type":"svn","url":"https://plugins.svn.wordpress.org/akismet/","reference""#
        let dist = #""dist":{"type":"zip","url":"https://downloads.wordpress.org/plugin/akismet"#
        let installers = #""composer/installers":"^1.0 || ^2.0""#
        #expect(derived.main.path == "p2/wp-plugin/akismet.json")
        #expect(
            String(decoding: derived.main.bytes, as: UTF8.self) == """
                {"minified":"composer/2.0","packages":{"wp-plugin/akismet":[\
                {\(constant),"version":"5.3.2","version_normalized":"5.3.2.0","type":"wordpress-plugin",\(authors),\
                "require":{\(installers),"php":">=5.6.20"},\(source):"tags/5.3.2"},\
                \(dist).5.3.2.zip","reference":"tags/5.3.2"},\(support),"time":"2024-03-21T06:56:00+00:00"},\
                {"version":"5.3.1","version_normalized":"5.3.1.0","require":{\(installers)},\
                \(source):"tags/5.3.1@3000001"},\(dist).5.3.1.zip?rev=3000001","reference":"tags/5.3.1@3000001"},\
                "time":"2024-01-11T19:06:39+00:00","published-time":"2024-01-11T19:06:39+00:00"},\
                {"version":"5.3","version_normalized":"5.3.0.0",\(source):"tags/5.3"},\
                \(dist).5.3.zip","reference":"tags/5.3"},"time":"__unset","published-time":"__unset"}]}}
                """
        )
        #expect(derived.dev.path == "p2/wp-plugin/akismet~dev.json")
        #expect(
            String(decoding: derived.dev.bytes, as: UTF8.self) == """
                {"minified":"composer/2.0","packages":{"wp-plugin/akismet":[\
                {\(constant),"version":"dev-trunk","version_normalized":"dev-trunk","type":"wordpress-plugin",\(authors),\
                "require":{\(installers)},\(source):"trunk@3000002"},\
                \(dist).zip?rev=3000002","reference":"trunk@3000002"},\(support),"time":"2024-03-21T06:56:00+00:00",\
                "published-time":"2024-03-21T06:56:00+00:00"}]}}
                """
        )
        #expect(derived.latestVersion == "5.3.2")
        #expect(derived.versionCount == 4)
    }

    @Test
    func `when a version was published is what the log shows, else when an archive of ours of it came, or nothing`() {
        let facts: LogFacts = ["tags/5.3.1": LogFact(revision: 3, appearedAtMilliseconds: 1_704_999_999_999)]
        let derived = Derivation.documents(
            payload: Self.akismet,
            facts: facts,
            settings: DirectorySettings(.plugin),
            firstFetches: ["5.3.2.0": 1_720_000_000_999, "5.3.1.0": 1_720_000_000_000]
        )
        let text = String(decoding: derived.main.bytes, as: UTF8.self)
        let times = text.matches(of: /"published-time":"([^"]*)"/).map { String($0.output.1) }
        #expect(times == ["2024-07-03T09:46:40+00:00", "2024-01-11T19:06:39+00:00", "__unset"])
    }

    @Test func `what is not known is left out`() throws {
        let derived = Derivation.documents(.plugin(version: "1.0", stableTag: "1.0", tags: ["1.0"]))
        let entry = try #require(PublishedDocument(derived.main).entries.first)
        #expect(entry.description == nil)
        #expect(entry.homepage == nil)
        #expect(entry.authors == nil)
        #expect(entry.time == nil)
        #expect(entry.abandoned == nil)
        #expect(entry.require == ["composer/installers": "^1.0 || ^2.0"])
    }

    @Test func `the archive of trunk changes its address when upstream says that the plugin changed`() throws {
        var payload = Payload.plugin("a", version: "1.0", stableTag: "trunk", tags: [])
        func trunk() throws -> PublishedEntry {
            try #require(PublishedDocument(Derivation.documents(payload).dev)["dev-trunk"])
        }
        #expect(try trunk().dist.url == "https://downloads.wordpress.org/plugin/a.zip")
        payload.lastUpdatedSeconds = 1_711_004_160
        #expect(try trunk().dist.url == "https://downloads.wordpress.org/plugin/a.zip?timestamp=1711004160")
        #expect(try trunk().dist.reference == "trunk")
        #expect(try trunk().time == "2024-03-21T06:56:00+00:00", "trunk is what was updated")
        payload.stableTag = "1.0"
        #expect(try trunk().time == nil, "the live tag is what was updated")
    }

    @Test func `the wanted PHP version is that of the live version, and of trunk where trunk is live`() throws {
        var payload = Payload.plugin(version: "1.1", stableTag: "1.1", tags: ["1.0", "1.1"])
        payload.requiresPHP = "7.4"
        func php() throws -> [String?] {
            let derived = Derivation.documents(payload)
            let entries = try PublishedDocument(derived.main).entries + PublishedDocument(derived.dev).entries
            return entries.map { $0.require["php"] }
        }
        #expect(try php() == [">=7.4", nil, nil])
        payload.stableTag = "trunk"
        #expect(try php() == [">=7.4", nil, ">=7.4"])
        payload.version = "1.2"
        #expect(try php() == [nil, nil, ">=7.4"])
    }

    @Test func `a PHP version that is not only numbers is left out: Composer fails on the whole repository otherwise`()
        throws
    {
        for (version, constraint) in [
            ("7.4", ">=7.4"), ("8", ">=8"), ("7.4.0.1", ">=7.4.0.1"), (" 7.4\n", ">=7.4"), (">=7.4", nil),
            ("7.4+", nil),
            ("7.4 or later", nil), ("7.", nil), (".7", nil), ("7..4", nil), ("7.4.1.2.3", nil),
            ("2010.01.02.03.04", nil), ("", nil), ("7.x", nil),
            ("٧.٤", nil), ("123456789012345678901234567890", nil), ("1234567.1", nil),
        ] as [(String, String?)] {
            var payload = Payload.plugin(version: "1.0", stableTag: "1.0", tags: ["1.0"])
            payload.requiresPHP = version
            let entry = try #require(PublishedDocument(Derivation.documents(payload).main).entries.first)
            #expect(entry.require["php"] == constraint, "\(version)")
        }
    }

    @Test func `characters that may not stand in a URL are encoded, and a percent sign is a character`() throws {
        let names = ["1.0+a?b#c", "1.0+100%25", "1.0+ü", "1.0+(x)", "1.0+\"\\", "1.0\r", "1.0+'[]"]
        let encoded = ["1.0+a%3Fb%23c", "1.0+100%2525", "1.0+%C3%BC", "1.0+(x)", "1.0+%22%5C", "1.0%0D", "1.0+'%5B%5D"]
        for (name, encoded) in zip(names, encoded) {
            let payload = Payload.plugin("a", version: "1.0", stableTag: "1.0", tags: [name])
            let entry = try #require(PublishedDocument(Derivation.documents(payload).main).entries.first)
            #expect(entry.dist.url == "https://downloads.wordpress.org/plugin/a.\(encoded).zip")
            #expect(entry.source.reference == "tags/\(name)")
        }
    }

    @Test func `a tag that upstream lists with a zero it does not have is found where it is`() throws {
        let payload = Payload.plugin("a", version: "0.1", stableTag: "0.1", tags: ["0.1"])
        func reference(_ facts: [String: Int64]) throws -> String? {
            let derived = Derivation.documents(payload, facts: facts.mapValues { LogFact(revision: $0) })
            return try PublishedDocument(derived.main)["0.1"]?.source.reference
        }
        #expect(try reference(["tags/.1": 7]) == "tags/.1@7")
        #expect(try reference(["tags/.1": 7, "tags/0.1": 9]) == "tags/0.1@9")
        #expect(try reference(["trunk": 3]) == "tags/0.1")
        #expect(try reference(["tags/0.1": 0]) == "tags/0.1", "there is no such revision")
    }

    @Test func `trunk comes from where upstream says, or else from where archives of trunk are`() throws {
        func url(_ trunk: String) throws -> String? {
            let links = [VersionLink(tag: "trunk", url: trunk)]
            let payload = Payload(type: .plugin, slug: "a", version: "1", stableTag: "trunk", versions: links)
            let derived = Derivation.documents(payload, facts: ["trunk": LogFact(revision: 0)])
            #expect(derived.invalidTags == 0)
            return try PublishedDocument(derived.dev)["dev-trunk"]?.dist.url
        }
        #expect(try url("https://mirror.example/a b.zip") == "https://mirror.example/a%20b.zip")
        #expect(try url("file:///etc/passwd") == "https://downloads.wordpress.org/plugin/a.zip")
    }

    @Test func `an at sign in a tag is not taken for a revision`() throws {
        let payload = Payload.plugin("a", version: "1.0", stableTag: "1.0@dev", tags: ["1.0@dev"])
        #expect(
            try PublishedDocument(Derivation.documents(payload).main).entries.first?.source.reference == "tags/1.0@dev@"
        )
        let derived = Derivation.documents(payload, facts: ["tags/1.0@dev": LogFact(revision: 5)])
        #expect(try PublishedDocument(derived.main).entries.first?.source.reference == "tags/1.0@dev@5")
    }

    @Test func `themes are found under their own addresses`() throws {
        let payload = Payload.theme("astra", version: "4.0", versions: ["4.0"])
        let derived = Derivation.documents(payload, facts: ["4.0": LogFact(revision: 12, appearedAtMilliseconds: 0)])
        let entry = try #require(PublishedDocument(derived.main).entries.first)
        #expect(entry.type == "wordpress-theme")
        #expect(entry.source == .init(type: "svn", url: "https://themes.svn.wordpress.org/astra/", reference: "4.0@12"))
        #expect(entry.dist.url == "https://downloads.wordpress.org/theme/astra.4.0.zip?rev=12")
        #expect(entry.support["forum"] == "https://wordpress.org/support/theme/astra/")
        #expect(entry.support["source"] == "https://themes.trac.wordpress.org/browser/astra")
        #expect(entry.time == "1970-01-01T00:00:00+00:00")
    }

    @Test func `an abandoned package is marked in every version, and no other byte changes`() throws {
        let payload = Payload.plugin(version: "1.1", stableTag: "1.1", tags: ["1.0", "1.1"])
        let derived = Derivation.documents(payload)
        for document in derived.documents {
            var marked = document
            marked.bytes = try Abandonment.marked(document.bytes)
            let entries = try PublishedDocument(marked).entries
            #expect(!entries.isEmpty && entries.allSatisfy { $0.abandoned == true })
            let text = String(decoding: marked.bytes, as: UTF8.self)
            #expect(
                text.replacing(",\"abandoned\":true}", with: "}", maxReplacements: 1).utf8.elementsEqual(document.bytes)
            )
        }
        let plain = #"{"packages":{"a/b":[{"version":"2","x":{}},{"version":"1"}]},"y":[]}"#
        #expect(
            try Abandonment.marked(Array(plain.utf8)).elementsEqual(
                #"{"packages":{"a/b":[{"version":"2","x":{},"abandoned":true},{"version":"1","abandoned":true}]},"y":[]}"#
                    .utf8
            )
        )
        let empty = #"{"minified":"composer/2.0","packages":{"a/b":[]}}"#
        #expect(try Abandonment.marked(Array(empty.utf8)).elementsEqual(empty.utf8))
    }

    @Test func `vendors and addresses are settings`() throws {
        var settings = DirectorySettings(.plugin)
        settings.vendor = "vendor"
        settings.subversionURL = "http://svn.example:1"
        settings.downloadsURL = "http://downloads.example"
        let derived = Derivation.documents(
            .plugin("a", version: "1.0", stableTag: "trunk", tags: []),
            settings: settings
        )
        #expect(derived.main.path == "p2/vendor/a.json")
        let entry = try #require(PublishedDocument(derived.dev).entries.first)
        #expect(entry.name == "vendor/a")
        #expect(entry.source.url == "http://svn.example:1/a/")
        #expect(entry.dist.url == "http://downloads.example/plugin/a.zip")
    }

    @Test func `times are those of the calendar`() async throws {
        var seconds: [Int64] = [
            0, -1, 951_782_400, 951_868_799, 4_107_542_399, 4_107_542_400, 253_402_300_799, -62_135_596_800,
        ]
        var random: UInt64 = 7
        for _ in 0..<3_000 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            seconds.append(Int64(random >> 31) - 4_000_000_000)
        }
        let expected: [String] = try await PHP.evaluate(
            "$output = array_map(fn ($time) => gmdate('c', $time), $input);",
            input: seconds
        )
        var payload = Payload.theme(version: "1.0", versions: ["1.0"])
        for (time, expected) in zip(seconds, expected) {
            payload.lastUpdatedSeconds = time
            #expect(try PublishedDocument(Derivation.documents(payload).main).entries.first?.time == expected)
        }
        for outside in [Int64.max, .min, 253_402_300_800, -62_135_596_801] {
            payload.lastUpdatedSeconds = outside
            #expect(try PublishedDocument(Derivation.documents(payload).main).entries.first?.time == nil)
        }
    }
}
