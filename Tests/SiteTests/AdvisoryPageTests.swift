import Facts
import Foundation
import FoundationXML
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Store
import TestSupport
import Testing

@testable import Site

/// What is told of advisories and closures: on pages, as Atom, in metrics and in status.json.
@Suite struct AdvisoryPageTests {
    private static let acme: SourceName = "acme"
    private static let other: SourceName = "other"
    private static let settings = PageSettings(
        publicURL: "https://packages.example.org",
        sources: SourcePages.tested,
        version: "1.2.3",
        advisoryFeeds: [Self.acme, Self.other]
    )
    private static let notices =
        #"[{"notice":"Copyright <Acme>","license":"May be copied.","license_url":"https://a.example/terms"}]"#

    private func advisory(_ id: String, _ slug: String = "akismet", affected: String = "<=2.0") -> AdvisoryRecord {
        .test(
            id,
            of: "wp-plugin/\(slug)",
            affected: affected,
            title: "<b>Bad</b> \(id)",
            members: #","severity":"high","cve":"CVE-2026-\#(id)","link":"https://acme.example/\#(id)?a=1&b=2""#,
            notices: Self.notices
        )
    }

    @Test(arguments: TestDatabase.allCases)
    func `P20: the page of a package says what affects it, which of its versions, and whose word that is`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database, settings: Self.settings) { site in
            #expect(try await !site.text("/packages/wp-plugin/akismet").contains("id=\"advisories\""))
            try await site.store.takeIn([self.advisory("1"), self.advisory("2", affected: "<1.0")], of: Self.acme)
            // The same record from another feed, and one of a feed that is no longer read.
            try await site.store.takeIn(
                [.test("9", of: "wp-plugin/akismet", affected: "*", title: "Twice", record: "record-1")],
                of: Self.other
            )
            try await site.store.takeIn(
                [.test("8", of: "wp-plugin/akismet", affected: "*", title: "Former")],
                of: "former"
            )
            let page = try await site.text("/packages/wp-plugin/akismet")
            for text in [
                "Advisories <span class=\"count\">2</span>", "<bdi>&lt;b&gt;Bad&lt;/b&gt; 1</bdi>",
                "<bdi>CVE-2026-1, 1</bdi>, by acme",
                "href=\"https://acme.example/1?a=1&amp;b=2\"", "<bdi>&lt;=2.0</bdi>",
                "<td class=\"wrap\" data-label=\"Published and affected\"><bdi>2.0</bdi></td>",
                "none</span></td>", "Copyright &lt;Acme&gt;", "May be copied.", "https://a.example/terms",
                "<bdi>2.0</bdi> <span class=\"badge bad\">",
            ] {
                #expect(page.contains(text), "\(text)")
            }
            #expect(!page.contains("Twice") && !page.contains("Former"))
            #expect(try await !site.text("/packages/wp-plugin/hostile").contains("id=\"advisories\""))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `the last changes of advisories of packages that are here have a page, and so have closures`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database, settings: Self.settings) { site in
            let empty = try await site.text("/advisories")
            #expect(empty.contains("None is known of packages that are here.") && empty.contains("None is closed."))
            #expect(empty.contains("<a href=\"/advisories\" aria-current=\"page\">Advisories</a>"))
            try await site.store.takeIn(
                [self.advisory("1"), self.advisory("2"), self.advisory("3"), self.advisory("4", "nobody-has-it")],
                of: Self.acme
            )
            try await site.store.age(byMilliseconds: 60_000)
            try await site.store.takeIn([self.advisory("1"), self.advisory("2", affected: "<1.0")], of: Self.acme)
            try await site.store.close("wp-plugin/hostile", on: "2026-08-01", reason: "security <issue>")
            let page = try await site.text("/advisories")
            for text in [
                "new</span>", "changed</span>", "withdrawn</span>", "&lt;b&gt;Bad&lt;/b&gt; 3",
                "<a href=\"/packages/wp-plugin/akismet\">", "<bdi>2026-08-01</bdi>", "security &lt;issue&gt;",
                "Copyright &lt;Acme&gt;",
            ] {
                #expect(page.contains(text), "\(text)")
            }
            #expect(!page.contains("nobody-has-it"))
            let changes = try await site.store.advisoryChanges(feeds: [Self.acme], limit: 9)
            #expect(changes.last?.advisory.id == "1")
            let kinds = Dictionary(uniqueKeysWithValues: changes.map { ($0.advisory.id, $0.change) })
            #expect(kinds == ["1": .new, "2": .changed, "3": .withdrawn])
        }
    }

    @Test func `pages of advisories and of closures are turned apart`() async throws {
        try await FilledSite.with(.sqlite, settings: Self.settings) { site in
            let records = (100..<160).map { self.advisory("\($0)") }
            try await site.store.takeIn(records, of: Self.acme)
            _ = try await site.store.engine.write { session in
                try session.execute("UPDATE advisories SET changed_at_ms = 1700000000000")
            }
            let first = try await site.text("/advisories?closures=2")
            #expect(first.contains("Bad&lt;/b&gt; 149") && !first.contains("Bad&lt;/b&gt; 150"))
            #expect(first.contains("href=\"/advisories?page=2&amp;closures=2\" rel=\"next\""))
            #expect(first.contains("There are not that many pages."))
            let second = try await site.text("/advisories?page=2")
            #expect(second.contains("Bad&lt;/b&gt; 150") && !second.contains("Bad&lt;/b&gt; 149"))
            #expect(second.contains("href=\"/advisories\" rel=\"prev\"") && !second.contains("rel=\"next\""))
            for query in ["page=0", "page=x", "page=99999999999999999999", "closures=-1"] {
                #expect(try await site.page("/advisories?\(query)").status == .ok, "\(query)")
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `advisories and closures come as an Atom feed whose ids stay when an advisory changes`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database, settings: Self.settings) { site in
            try await site.store.takeIn([self.advisory("1"), self.advisory("2")], of: Self.acme)
            try await site.store.close("wp-plugin/hostile", on: "2026-08-01", reason: nil)
            try await site.store.age(byMilliseconds: 60_000)
            let answer = try await site.page("/advisories.atom")
            #expect(answer.headers[.contentType] == "application/atom+xml; charset=utf-8")
            let feed = try AtomFeed(String(buffer: answer.body))
            #expect(feed.selfLink == "https://packages.example.org/advisories.atom")
            #expect(feed.id == "tag:packages.example.org,2024:advisories")
            #expect(feed.updated == feed.entries.map(\.updated).max())
            let id = "tag:packages.example.org,2024:advisory:acme:wp-plugin%2Fakismet:1"
            let entry = try #require(feed.entries.first { $0.id == id })
            #expect(entry.title == "wp-plugin/akismet: <b>Bad</b> 1")
            #expect(
                entry.links == [
                    "https://packages.example.org/packages/wp-plugin/akismet", "https://acme.example/1?a=1&b=2",
                ]
            )
            #expect(feed.rights == "Copyright <Acme> May be copied. https://a.example/terms")
            let closure = try #require(feed.entries.first { $0.title == "wp-plugin/hostile is closed" })
            #expect(closure.updated == "2026-08-01T00:00:00Z")
            #expect(feed.entries.count == 3 && Set(feed.entries.map(\.id)).count == 3)
            let etag = try #require(answer.headers[.eTag])
            #expect(try await site.page("/advisories.atom", [.ifNoneMatch: etag]).status == .notModified)

            try await site.store.takeIn([self.advisory("2")], of: Self.acme)
            let later = try AtomFeed(try await site.text("/advisories.atom"))
            let withdrawn = try #require(later.entries.first { $0.id == id })
            #expect(withdrawn.title == "wp-plugin/akismet: <b>Bad</b> 1 (withdrawn)")
            #expect(withdrawn.updated > entry.updated)
            #expect(try await site.page("/advisories.atom", [.ifNoneMatch: etag]).status == .ok)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `metrics, status.json and the first page tell how feeds are`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database, settings: Self.settings) { site in
            // One that was never read is there from the beginning.
            let metrics = try await site.text("/metrics")
            #expect(metrics.contains("\npackline_advisory_feed_last_read_timestamp_seconds{feed=\"acme\"} 0.0\n"))
        }
        try await FilledSite.with(database, settings: Self.settings) { site in
            try await site.store.takeIn([self.advisory("1"), self.advisory("2", "nobody-has-it")], of: Self.acme)
            let run = try await site.store.beginRun(.discover, worker: "test", version: "1.2.3")
            _ = try await site.store.leaseAdvisoryFeed(Self.other, run: run, leaseMilliseconds: 86_400_000, period: 0)
            try await site.store.releaseAdvisoryFeed(Self.other, .failed("it <failed>"), run: run)
            try await site.store.age(byMilliseconds: 60_000)
            let metrics = try await site.text("/metrics")
            for line in [
                "packline_advisories{feed=\"acme\"} 2\n", "packline_advisories{feed=\"other\"} 0\n",
                "packline_advisory_packages 1\n", "packline_advisory_feed_last_read_timestamp_seconds{feed=\"acme\"} 1",
                "packline_advisory_feed_last_read_timestamp_seconds{feed=\"other\"} 0.0\n",
                "packline_advisory_feed_failing_seconds{feed=\"acme\"} 0.0\n",
            ] {
                #expect(metrics.contains("\n\(line)"), "\(line)")
            }
            let failing = metrics.split(separator: "\n").first {
                $0.hasPrefix("packline_advisory_feed_failing_seconds{feed=\"other\"} ")
            }
            #expect(failing?.split(separator: " ").last.flatMap { Double($0) }.map { $0 >= 60 } == true)
            let status = try await site.text("/status.json").filter { !$0.isWhitespace }
            #expect(status.contains(#""other":{"advisories":0,"error":"it<failed>","failing_since":"#))
            #expect(status.contains(#""packages":1}"#))
            let first = try await site.text("/")
            #expect(first.contains("Feeds of advisories") && first.contains("it &lt;failed&gt;"))
            #expect(first.contains("<a href=\"/advisories\">1</a>") && !first.contains("not read for a day"))
            try await site.store.age(byMilliseconds: 86_400_000)
            #expect(try await site.text("/").contains("Advisories were not read for a day: acme<"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `where the settings name no feed, those that were asked within a day are told of`(
        _ database: TestDatabase
    ) async throws {
        let settings = PageSettings(sources: SourcePages.tested, version: "1.2.3")
        try await FilledSite.with(database, settings: settings) { site in
            let metrics = try await site.text("/metrics")
            #expect(!metrics.contains("packline_advis"))
            let page = try await site.text("/advisories")
            #expect(page.contains("No feed of advisories is read"))
            let (status, first) = (try await site.text("/status.json"), try await site.text("/"))
            #expect(!status.contains("advisories") && !first.contains("Feeds of advisories"))
        }
        try await FilledSite.with(database, settings: settings) { site in
            try await site.store.takeIn([self.advisory("1")], of: Self.acme)
            #expect(try await site.text("/advisories").contains("Bad&lt;/b&gt; 1"))
            #expect(try await site.text("/metrics").contains("packline_advisories{feed=\"acme\"} 1"))
            try await site.store.age(byMilliseconds: 2 * 86_400_000)
            #expect(try await !site.text("/metrics").contains("packline_advis"))
            #expect(try await site.text("/advisories").contains("No feed of advisories is read"))
        }
    }
}

extension Store {
    /// As if all that is known of advisories were older.
    fileprivate func age(byMilliseconds age: Int64) async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE advisories SET seen_at_ms = seen_at_ms - \(age), changed_at_ms = changed_at_ms - \(age)
                """
            )
            try session.execute(
                """
                UPDATE advisory_feeds SET asked_at_ms = asked_at_ms - \(age), read_at_ms = read_at_ms - \(age),
                    failing_since_ms = failing_since_ms - \(age)
                """
            )
        }
    }
}

/// An Atom feed as a reader reads it: well formed, with all that RFC 4287 demands.
private struct AtomFeed {
    struct Entry {
        var id = ""
        var title = ""
        var updated = ""
        var links: [String] = []
    }

    private(set) var id = ""
    private(set) var updated = ""
    private(set) var rights: String?
    private(set) var selfLink: String?
    private(set) var entries: [Entry] = []

    init(_ text: String) throws {
        let reader = Reader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        self.id = try #require(reader.feed["id"])
        self.updated = try #require(reader.feed["updated"])
        self.selfLink = reader.selfLink
        self.rights = reader.feed["rights"]
        #expect(reader.feed["title"] != nil && reader.feed["author"] != nil)
        self.entries = try reader.entries.map { members, links in
            Entry(
                id: try #require(members["id"]),
                title: try #require(members["title"]),
                updated: try #require(members["updated"]),
                links: links
            )
        }
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var feed: [String: String] = [:]
        var entries: [(members: [String: String], links: [String])] = []
        var selfLink: String?
        private var path: [String] = []
        private var text = ""

        func parser(
            _ parser: XMLParser,
            didStartElement name: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String]
        ) {
            self.path.append(name)
            self.text = ""
            if name == "entry" { self.entries.append(([:], [])) }
            guard name == "link" else { return }
            if self.path.contains("entry") {
                self.entries[self.entries.count - 1].links.append(attributes["href"] ?? "")
            } else if attributes["rel"] == "self" {
                self.selfLink = attributes["href"]
            }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { self.text += string }

        func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
            if self.path.count == 3, self.path[1] == "entry" {
                self.entries[self.entries.count - 1].members[name] = self.text
            } else if self.path.count == 2 {
                self.feed[name] = self.text
            }
            self.path.removeLast()
        }
    }
}
