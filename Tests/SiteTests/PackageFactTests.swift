import Composer
import Facts
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Store
import TestSupport
import Testing

@testable import Site

/// What a package's page and its feed tell of it.
@Suite struct PackageFactTests {
    private func replace(_ json: String, _ store: Store) async throws {
        let bytes = Array(json.utf8)
        let hash = ContentHash(of: bytes).bytes
        _ = try await store.engine.write { session in
            try session.execute(
                """
                INSERT INTO blobs (hash, encoding, size, bytes, refs)
                VALUES (\(hash), 'identity', \(Int64(bytes.count)), \(bytes), 1)
                """
            )
            try session.execute(
                """
                UPDATE objects SET content_hash = \(hash), deployed_hash = \(hash), live_hash = \(hash)
                WHERE key = 'p2/wp-plugin/akismet.json'
                """
            )
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what Composer has fields for is on the page, and remote text is no markup`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database) { site in
            try await self.replace(
                """
                {"packages":{"wp-plugin/akismet":[{"name":"wp-plugin/akismet","version":"3.0","type":"library",\
                "license":["MIT","<b>GPL</b>"],"homepage":"javascript:alert(1)","abandoned":"acme/other",\
                "authors":[{"name":"Ann <b>","homepage":"https://ann.example"},{"email":"x@y"}],\
                "source":{"type":"git","url":"https://code.example/a.git","reference":"r"},\
                "support":{"issues":"https://code.example/issues","source":"https://code.example/a"},\
                "require":{"php":">=8.1","wp-plugin/hostile":"^2"},"time":"2024-08-05T14:02:00+00:00"}]}}
                """,
                site.store
            )
            let text = try await site.text("/packages/wp-plugin/akismet")
            for part in [
                "<bdi>MIT, &lt;b&gt;GPL&lt;/b&gt;</bdi>", "<bdi>javascript:alert(1)</bdi>",
                "<a href=\"https://ann.example\" rel=\"noopener\"><bdi>Ann &lt;b&gt;</bdi></a>",
                "<a href=\"https://code.example/a.git\"", "<a href=\"https://code.example/issues\"",
                "name <bdi>acme/other</bdi> in its place", "<code><bdi>library</bdi></code>",
                // A requirement that is here leads to its page, one that is not to none.
                "<a href=\"/packages/wp-plugin/hostile\">", "<bdi>php</bdi>",
            ] { #expect(text.contains(part), "\(part)") }
            #expect(!text.contains("href=\"javascript:") && !text.contains("<b>"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what only its kind knows comes from the stored payload`(_ database: TestDatabase) async throws {
        var settings = PageSettings(sources: SourcePages.tested, version: "1.2.3")
        settings.sources[0].profile = { parts, key in
            PackageProfile(
                traits: [.init("WordPress", String(decoding: parts[0].bytes, as: UTF8.self))],
                changelog: "https://upstream.example/\(key)#log",
                leftOut: [.init("9.0", "held back: <not out>")]
            )
        }
        try await FilledSite.with(database, settings: settings) { site in
            // Without a payload there is nothing to tell.
            let before = try await site.text("/packages/wp-plugin/akismet")
            #expect(!before.contains("Changelog"))
            let bytes = Array("6.2 or newer".utf8)
            let hash = ContentHash(of: bytes).bytes
            _ = try await site.store.engine.write { session in
                try session.execute(
                    "INSERT INTO blobs (hash, encoding, size, bytes, refs) VALUES (\(hash), 'identity', 12, \(bytes), 1)"
                )
                try session.execute("UPDATE packages SET payload_hash = \(hash) WHERE key = 'akismet'")
            }
            let text = try await site.text("/packages/wp-plugin/akismet")
            #expect(text.contains("<dt>WordPress</dt><dd><bdi>6.2 or newer</bdi></dd>"))
            #expect(text.contains("href=\"https://upstream.example/akismet#log\""))
            #expect(text.contains("<bdi>held back: &lt;not out&gt;</bdi>"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a closed package says so in words, and what became of it`(_ database: TestDatabase) async throws {
        for (policy, outcome) in [
            (ClosedPolicy.remove, "goes with the next sync"), (.abandon, "Composer warns that it is abandoned"),
            (.keep, "stay published as they were"),
        ] {
            var settings = PageSettings(sources: SourcePages.tested, version: "1.2.3")
            settings.closedPolicy = policy
            try await FilledSite.with(database, settings: settings) { site in
                _ = try await site.store.engine.write { session in
                    try session.execute(
                        """
                        UPDATE packages SET state = 'closed', closed_date = '2024-03-21',
                            closed_reason = 'security-issue', closed_permanent = 1 WHERE key = 'akismet'
                        """
                    )
                }
                let text = try await site.text("/packages/wp-plugin/akismet")
                #expect(
                    text.contains(
                        "Upstream has closed it<bdi> on 2024-03-21, for good; the reason: security issue</bdi>"
                    )
                )
                #expect(text.contains(outcome), "\(policy)")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a package has a feed of its versions, which its page names`(_ database: TestDatabase) async throws {
        let settings = PageSettings(
            publicURL: "https://packages.example.org",
            sources: SourcePages.tested,
            version: "1.2.3"
        )
        try await FilledSite.with(database, settings: settings) { site in
            let path = "/packages/wp-plugin/akismet/versions.atom"
            #expect(try await site.text("/packages/wp-plugin/akismet").contains("href=\"\(path)\""))
            let feed = try await site.page(path)
            let text = String(buffer: feed.body)
            #expect(feed.headers[.contentType] == "application/atom+xml; charset=utf-8")
            #expect(text.contains("<title>wp-plugin/akismet 2.0</title><updated>2024-08-05T14:02:00Z</updated>"))
            #expect(text.contains("href=\"https://packages.example.org\(path)\""))
            // A version without a date is in no order.
            #expect(text.split(separator: "<entry>").count == 2)
            let etag = try #require(feed.headers[.eTag])
            #expect(try await site.page(path, [.ifNoneMatch: etag]).status == .notModified)
            #expect(try await site.page("/packages/wp-plugin/none/versions.atom").status == .notFound)
        }
    }
}
