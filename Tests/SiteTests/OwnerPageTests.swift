import Facts
import HTTPTypes
import HummingbirdTesting
import Store
import TestSupport
import Testing

@testable import Site

/// Whose a name is, for people.
@Suite struct OwnerPageTests {
    private static let settings = PageSettings(
        sources: SourcePages.tested,
        owning: [
            OwningSource(
                name: FilledSite.plugins,
                patterns: ["wp-plugin/*"],
                key: { $0.hasPrefix("wp-plugin/") ? String($0.dropFirst(10)) : nil },
                packageName: { "wp-plugin/\($0)" }
            ),
            OwningSource(name: "composer:open"),
        ],
        version: "1.2.3"
    )

    @Test(arguments: TestDatabase.allCases)
    func `the page of a name says whose it is, and the package's page leads there`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database, settings: Self.settings) { site in
            #expect(try await site.text("/packages/wp-plugin/akismet").contains("href=\"/who/wp-plugin/akismet\""))
            let page = try await site.text("/who/wp-plugin/akismet")
            #expect(page.contains("wordpress-plugins") && page.contains("its pattern wp-plugin/* matches"))
            #expect(try await site.text("/who/wp-plugin/unheard-of").contains("<dd><bdi>nothing</bdi></dd>"))
            #expect(try await site.page("/who/nobody/knows").status == .notFound)
            #expect(try await site.page("/who/a/%00").status == .notFound)
            #expect(try await !site.text("/who/a/%3Cscript%3E").contains("<script>"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `names that several sources have are listed, a page at a time`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database, settings: Self.settings) { site in
            #expect(try await site.text("/who").contains("No name is known of several sources"))
            _ = try await site.store.engine.write { session in
                try session.execute("INSERT INTO sources (name) VALUES ('composer:open')")
                for name in ["wp-plugin/akismet", "wp-plugin/hostile"] {
                    try session.execute("INSERT INTO packages (source, key) VALUES ('composer:open', \(name))")
                }
            }
            let page = try await site.text("/who")
            #expect(
                page.contains("href=\"/who/wp-plugin/akismet\"")
                    && page.contains("wordpress-plugins (active), composer:open")
            )
            let last = try await site.text("/who?after=wp-plugin/akismet")
            #expect(!last.contains("href=\"/who/wp-plugin/akismet\"") && last.contains("wp-plugin/hostile"))
        }
    }
}
