import Composer
import Facts
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Site
import Store
import TestSupport

/// A site over a database through which every stage has gone once.
struct FilledSite {
    static let hostile = "<script>alert(\"x\")</script> & 'quotes' \u{202E}reversed\u{0}"
    static let plugins: SourceName = "wordpress-plugins"

    let client: any TestClientProtocol
    let store: Store
    let discover: RunID
    let update: RunID
    let sync: RunID

    /// - Parameter slugs: The packages, of which each has one document with two versions.
    static func with(
        _ database: TestDatabase,
        slugs: [String] = ["akismet", "hostile"],
        settings: PageSettings = PageSettings(sources: SourcePages.tested, version: "1.2.3"),
        _ body: @escaping @Sendable (FilledSite) async throws -> Void
    ) async throws {
        try await database.with { stores in
            let store = stores[0]
            let discover = try await Self.discover(slugs, store)
            let update = try await Self.update(slugs, consuming: discover, store)
            let sync = try await Self.sync(consuming: update, store)
            try await Self.serving(store, settings: settings) { client in
                try await body(
                    FilledSite(client: client, store: store, discover: discover, update: update, sync: sync)
                )
            }
        }
    }

    static func serving(
        _ store: Store,
        settings: PageSettings = PageSettings(),
        _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        var configuration = Site.Configuration()
        configuration.pages = settings
        if !settings.advisoryFeeds.isEmpty { configuration.advisoryFeeds = settings.advisoryFeeds }
        let router = Site.router(store: store, configuration: configuration, logger: logger)
        try await Application(router: router).test(.router) { try await body($0) }
    }

    /// What a page says, and how.
    func page(_ uri: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
        try await self.client.execute(uri: uri, method: .get, headers: headers) { $0 }
    }

    func text(_ uri: String) async throws -> String { String(buffer: try await self.page(uri).body) }

    private static func discover(_ slugs: [String], _ store: Store) async throws -> RunID {
        let run = try await store.beginRun(.discover, worker: "test:1", version: "1.2.3")
        _ = try await store.leaseSource(Self.plugins, run: run, leaseMilliseconds: 86_400_000)
        let records = slugs.map {
            PackageRecord(key: $0, revision: 7, dateMilliseconds: 1_700_000_000_000)
        }
        _ = try await store.recordLog(
            records,
            source: Self.plugins,
            progress: .cursor(7, dateMilliseconds: 1_700_000_000_000, logFrom: 1),
            run: run,
            leaseMilliseconds: 86_400_000
        )
        try await store.releaseSource(Self.plugins, run: run)
        try await store.finishRun(run, as: .succeeded, counters: ["packages_changed": slugs.count])
        return run
    }

    private static func update(_ slugs: [String], consuming discover: RunID, _ store: Store) async throws -> RunID {
        let run = try await store.beginRun(.update, worker: "test:2", version: "1.2.3")
        let claims = try await store.claimDue(
            source: Self.plugins,
            limit: 1_000,
            run: run,
            leaseMilliseconds: 86_400_000
        )
        let results = claims.map { claim in
            PackageResult(
                claim: claim,
                state: .active,
                format: 1,
                documents: [("p2/wp-plugin/\(claim.key).json", Blob(of: Array(Self.document(claim.key).utf8)))],
                title: claim.key == "hostile" ? Self.hostile : "Title of \(claim.key)",
                latestVersion: claim.key == "hostile" ? Self.hostile : "2.0",
                activeInstalls: Int64(claim.key.utf8.count),
                lastUpdatedMilliseconds: 1_700_000_000_000,
                isSettled: true,
                looks: 0,
                nextLook: .after(3_600_000)
            )
        }
        _ = try await store.finish(results, run: run)
        try await store.nameAll()
        let counters: [Counter: Int] = ["packages_asked": slugs.count, "documents_changed": slugs.count]
        try await store.finishRun(run, as: .succeeded, consumed: [discover], counters: counters)
        return run
    }

    private static func sync(consuming update: RunID, _ store: Store) async throws -> RunID {
        let run = try await store.beginRun(.sync, worker: "test:3", version: "1.2.3")
        let documents = try await store.claimDirty(
            kind: .document,
            limit: 1_000,
            run: run,
            leaseMilliseconds: 86_400_000
        )
        let stamps = documents.map { Stamp(of: $0, etag: "etag") }
        _ = try await store.stampDeployed(stamps, run: run)
        // In any order, but no two the same.
        _ = try await store.engine.write { session in
            for (index, document) in documents.enumerated() {
                let position = Int64(100 + index)
                try session.execute("UPDATE objects SET feed_position = \(position) WHERE key = \(document.path)")
                try session.execute("UPDATE stamps SET position = \(position) WHERE object_key = \(document.path)")
            }
        }
        try await store.finishRun(run, as: .succeeded, consumed: [update], counters: ["objects_uploaded": stamps.count])
        return run
    }

    private static func document(_ slug: String) -> String {
        """
        {"minified":"composer/2.0","packages":{"wp-plugin/\(slug)":[{"name":"wp-plugin/\(slug)",\
        "description":"<b>bold</b>","version":"2.0","version_normalized":"2.0.0.0","require":{"php":">=7.4"},\
        "source":{"type":"svn","reference":"tags/2.0@7"},\
        "dist":{"type":"zip","url":"https://downloads.wordpress.org/plugin/\(slug).2.0.zip"},\
        "time":"2024-08-05T14:02:00+00:00"},{"version":"<img src=x onerror=alert(1)>","version_normalized":"1.0.0.0",\
        "source":{"type":"svn","reference":"tags/1.0@3"},"dist":{"type":"zip","url":"javascript:alert(1)"},\
        "time":"__unset"}]}}
        """
    }
}

extension SourcePages {
    /// Two sources, as a kind describes them.
    static let tested = ["plugin", "theme"].map { kind in
        SourcePages(
            name: "wordpress-\(kind)s",
            packageType: "wordpress-\(kind)",
            page: { "https://wordpress.org/\(kind)s/\($0)/" },
            repository: { "https://\(kind)s.svn.wordpress.org/\($0)/" }
        )
    }
}

extension Store {
    /// Names all packages as their sources would.
    func nameAll() async throws {
        _ = try await self.engine.write { session in
            try session.execute(
                """
                UPDATE packages SET name =
                    CASE WHEN source = 'wordpress-themes' THEN 'wp-theme/' ELSE 'wp-plugin/' END || key
                WHERE name IS NULL
                """
            )
        }
    }
}
