import Composer
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Store
import TestSupport
import Testing

@testable import Site

@Suite struct PageTests {
    private static let paths = [
        "/", "/packages", "/packages?q=title&type=plugin&state=any&sort=name", "/packages?source=wordpress-plugins",
        "/packages/wp-plugin/akismet", "/packages/wordpress-plugins/akismet",
        "/changes", "/who", "/archives",
        "/runs", "/runs?stage=sync&status=succeeded", "/runs/1", "/runs/2", "/runs/3",
    ]

    @Test(arguments: TestDatabase.allCases)
    func `every page is there, and allows nothing but its own style and script`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            for path in Self.paths {
                let page = try await site.page(path)
                let text = String(buffer: page.body)
                #expect(page.status == .ok, "\(path)")
                #expect(page.headers[.contentType] == "text/html; charset=utf-8")
                #expect(
                    page.headers[.contentSecurityPolicy]
                        == "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; "
                        + "form-action 'self'; frame-ancestors 'none'"
                )
                #expect(page.headers[.xContentTypeOptions] == "nosniff")
                #expect(page.headers[HTTPField.Name("Referrer-Policy")!] == "same-origin")
                #expect(text.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
                #expect(text.hasSuffix("</html>\n"))
                #expect(!text.contains("style="), "\(path)")
                #expect(!text.contains("<style"), "\(path)")
                #expect(text.split(separator: "<h1").count == 2, "\(path)")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `titles that are as long as books don't make pages long`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            let long = String(repeating: "book ", count: 80_000)
            _ = try await site.store.engine.write { session in
                try session.execute("UPDATE packages SET title = \(long), latest_version = \(long)")
            }
            for path in ["/packages?state=any", "/packages/wp-plugin/akismet"] {
                #expect(try await site.text(path).utf8.count < 100_000, "\(path)")
            }
            var published = PackageQuery()
            (published.isPublished, published.order) = (true, .relevance)
            let found = try await site.store.packages(published).packages
            #expect(found.count == 2 && found.allSatisfy { $0.title?.utf8.count ?? 0 <= 300 })
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `withdrawals that are held are on the first page, in status.json and in the metrics`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database) { site in
            _ = try await site.store.engine.write { session in
                try session.execute("UPDATE packages SET held_at_ms = 1 WHERE key = 'akismet'")
            }
            let page = try await site.text("/")
            #expect(page.contains("update --confirm-withdrawals: 1 withdrawal of wordpress-plugins"))
            #expect(try await site.text("/status.json").replacing(" ", with: "").contains("\"withdrawals_held\":1"))
            let metrics = try await site.text("/metrics")
            #expect(metrics.contains("packline_withdrawals_held{source=\"wordpress-plugins\"} 1\n"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is behind upstream's word is on the first page, in status.json and in the metrics`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database) { site in
            func said() async throws -> [Bool] {
                let page = try await site.text("/").replacing("\n", with: "").replacing(/> +</, with: "><")
                return [
                    page.contains(#"<td class="number" data-label="Behind">1</td></tr>"#),
                    try await site.text("/status.json").replacing(" ", with: "").contains("\"packages_behind\":1"),
                    try await site.text("/metrics")
                        .contains("packline_packages_behind{source=\"wordpress-plugins\"} 1\n"),
                ]
            }
            #expect(try await said() == [false, false, false])
            _ = try await site.store.engine.write { session in
                try session.execute("UPDATE packages SET looks = 3 WHERE key = 'akismet'")
            }
            #expect(try await said() == [true, true, true])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `remote text is never markup`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            let error = FilledSite.hostile
            let claims = try await site.store.claimDirty(kind: .document, limit: 1, run: 1, leaseMilliseconds: 1)
            #expect(claims.isEmpty)
            _ = try await site.store.engine.write { session in
                try session.execute(
                    "UPDATE packages SET attempts = 2, last_error = \(error.replacing("\u{0}", with: ""))"
                )
                try session.execute("UPDATE objects SET attempts = 1, last_error = '<script>alert(2)</script>'")
                try session.execute("UPDATE pipeline_runs SET error = '<script>alert(3)</script>', worker = '<b>w</b>'")
            }
            for path in Self.paths + ["/packages/wp-plugin/hostile", "/packages?q=%3Cscript%3Ealert(9)%3C/script%3E\""]
            {
                let text = try await site.text(path)
                #expect(!text.contains("<script>"), "\(path)")
                #expect(!text.contains("<img src=x"), "\(path)")
                #expect(!text.contains("<b>"), "\(path)")
                #expect(!text.contains("href=\"javascript:"), "\(path)")
            }
            let packages = try await site.text("/packages?sort=name")
            #expect(packages.contains("<bdi>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;quotes&#39;"))
            #expect(try await site.text("/packages?q=%22%3E").contains("value=\"&quot;&gt;\""))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a trail leads from a package to its runs and on to each other`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            let package = try await site.text("/packages/wp-plugin/akismet")
            for run in [site.discover, site.update, site.sync] { #expect(package.contains("href=\"/runs/\(run)\"")) }
            #expect(package.contains("Revision 7 "))
            #expect(package.contains("composer require wp-plugin/akismet</code>"))
            #expect(package.contains("<code><bdi>tags/2.0@7</bdi></code>"))
            #expect(package.contains("2024-08-05"))
            let update = try await site.text("/runs/\(site.update)")
            #expect(update.contains("href=\"/runs/\(site.discover)\""))
            #expect(update.contains("href=\"/runs/\(site.sync)\""))
            #expect(update.contains("href=\"/packages/wp-plugin/akismet\""))
            #expect(update.contains("p2/wp-plugin/akismet.json"))
            #expect(!package.contains("Installed in 30 days"))
            try await site.store.addDownloads(["wp-plugin/akismet": 4_321])
            let installed = try await site.text("/packages/wp-plugin/akismet")
            #expect(installed.contains("aria-label=\"Installed in 30 days: 4,321 times, at the most 4,321 at a time\""))
            let discover = try await site.text("/runs/\(site.discover)")
            #expect(discover.contains("href=\"/runs/\(site.update)\""))
            let sync = try await site.text("/runs/\(site.sync)")
            #expect(sync.contains("href=\"/runs/\(site.update)\""))
            #expect(sync.contains("p2/wp-plugin/hostile.json"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what is not there is a page that says so`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            for path in [
                "/runs/999", "/runs/0", "/runs/-1", "/runs/x", "/runs/99999999999999999999", "/packages/wp-plugin/none",
                "/packages/other/akismet", "/packages/wp-plugin/%3Cscript%3E", "/packages/wp-plugin/%00",
                "/packages/wp-plugin/akismet%00", "/packages/wp-plugin/%00akismet", "/packages/wp-plugin%00/akismet",
                "/runs/1%00",
            ] {
                let page = try await site.page(path)
                let text = String(buffer: page.body)
                #expect(page.status == .notFound, "\(path)")
                #expect(page.headers[.contentType] == "text/html; charset=utf-8")
                #expect(text.contains("<h1>Not found</h1>"))
                #expect(!text.contains("<script>"))
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `an empty database shows what to do first`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            try await FilledSite.serving(stores[0]) { client in
                for (path, words) in [
                    ("/", "<code>packline discover</code>"), ("/runs", "<code>packline run</code>"),
                    ("/packages", "<code>update</code>"),
                    ("/changes", "<code>packline sync</code>"),
                ] {
                    try await client.execute(uri: path, method: .get) { response in
                        #expect(response.status == .ok)
                        #expect(String(buffer: response.body).contains(words), "\(path)")
                    }
                }
            }
        }
    }

    @Test func `without a bucket the picture ends with serve`() async throws {
        try await FilledSite.with(.sqlite) { site in
            let text = try await site.text("/")
            #expect(text.contains("sync: succeeded, ") && text.contains("; bucket: 2 live."))
        }
        try await FilledSite.with(.sqlite, settings: PageSettings(publishesItself: true)) { site in
            let text = try await site.text("/")
            #expect(text.contains("0 failing; serve: 2 live."))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `lists have pages within bounds`(_ database: TestDatabase) async throws {
        let slugs = (100..<220).map { "slug-\($0)" }
        try await FilledSite.with(database, slugs: slugs) { site in
            func listed(_ path: String) async throws -> [String] {
                let text = try await site.text(path)
                return slugs.filter { text.contains("wp-plugin/\($0)\"") }
            }
            #expect(try await listed("/packages?sort=name") == Array(slugs[..<50]))
            #expect(try await listed("/packages?sort=name&page=3") == Array(slugs[100...]))
            for page in ["4", "999999999", "99999999999999999999999"] {
                let response = try await site.page("/packages?sort=name&page=\(page)")
                #expect(response.status == .ok)
            }
            #expect(try await listed("/packages?sort=name&page=4").isEmpty)
            #expect(try await listed("/packages?sort=name&page=-1") == Array(slugs[..<50]))
            #expect(try await listed("/packages?q=SLUG+219") == ["slug-219"])
            #expect(try await listed("/runs/\(site.update)?page=2") == Array(slugs[100...]))
            let changes = try await site.text("/changes")
            #expect(changes.contains("rel=\"next\""))
            #expect(try await listed("/changes?before=120").count == 20)
            #expect(try await listed("/changes?before=nonsense").count == 100)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `HEAD is answered as GET without a body`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            for path in ["/", "/packages", "/runs/1", "/changes.atom", "/metrics", "/assets/packline.css"] {
                try await site.client.execute(uri: path, method: .head) { response in
                    #expect(response.status == .ok, "\(path)")
                    #expect(response.body.readableBytes == 0)
                }
            }
        }
    }

    @Test func `style, script and icon are named by their content and answered with 304`() async throws {
        try await FilledSite.with(.sqlite) { site in
            let page = try await site.text("/")
            for (path, type) in [
                ("/assets/packline.css", "text/css; charset=utf-8"),
                ("/assets/packline.js", "text/javascript; charset=utf-8"),
                ("/assets/icon.svg", "image/svg+xml"),
            ] {
                let first = try await site.page(path)
                let etag = try #require(first.headers[.eTag])
                let named = "\(path)?v=\(etag.dropFirst().dropLast())"
                #expect(page.contains("\"\(named)\""))
                #expect(first.headers[.contentType] == type)
                #expect(first.headers[.cacheControl] == "no-cache")
                #expect(try await site.page(named).headers[.cacheControl]?.contains("immutable") == true)
                let again = try await site.page(path, [.ifNoneMatch: etag])
                #expect(again.status == .notModified)
                #expect(again.body.readableBytes == 0)
                #expect(try await site.page(path, [.ifNoneMatch: "\"other\""]).status == .ok)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `changes come as an Atom feed`(_ database: TestDatabase) async throws {
        let settings = PageSettings(publicURL: "https://packages.example.org", version: "1.2.3")
        try await FilledSite.with(database, settings: settings) { site in
            let feed = try await site.page("/changes.atom")
            let text = String(buffer: feed.body)
            #expect(feed.headers[.contentType] == "application/atom+xml; charset=utf-8")
            #expect(
                text.contains(
                    "<link rel=\"self\" type=\"application/atom+xml\" href=\"https://packages.example.org/changes.atom\"/>"
                )
            )
            #expect(text.contains("<id>tag:packages.example.org,2024:p2/wp-plugin/akismet.json:"))
            #expect(text.contains("<title>wp-plugin/akismet updated: 2.0</title>"))
            #expect(text.split(separator: "<entry>").count == 3)
            let etag = try #require(feed.headers[.eTag])
            #expect(try await site.page("/changes.atom", [.ifNoneMatch: etag]).status == .notModified)
        }
    }

    @Test func `where the database is away, pages and feeds are there later, as JSON or as a page`() async throws {
        try await FilledSite.with(.sqlite) { site in
            let away = Store(
                engine: WatchedEngine(
                    site.store.engine,
                    onStatement: { _ in throw StoreError.retryable(reason: "away") }
                )
            )
            try await FilledSite.serving(away) { client in
                for path in Self.paths + ["/changes.atom"] {
                    for (accepted, type) in [("text/html", "text/html; charset=utf-8"), ("*/*", "application/json")] {
                        try await client.execute(uri: path, method: .get, headers: [.accept: accepted]) { answer in
                            #expect(answer.status == .serviceUnavailable, "\(path)")
                            #expect(answer.headers[.retryAfter] == "2")
                            #expect(answer.headers[.cacheControl] == "no-store")
                            #expect(answer.headers[.contentType] == type)
                        }
                    }
                }
            }
        }
    }
}
