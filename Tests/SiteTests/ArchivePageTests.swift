import Composer
import Facts
import Store
import TestSupport
import Testing

@testable import Site

/// What is told of archives: on pages, in metrics and in status.json.
@Suite struct ArchivePageTests {
    private static let day: Int64 = 86_400_000
    private static let settings = PageSettings(
        sources: SourcePages.tested,
        version: "1.2.3",
        archiveBudgetBytes: 2_000
    )

    private func archive(_ version: String, _ reference: String) -> ListedArchive {
        var archive = UpstreamArchive(
            version: version,
            type: "zip",
            url: "https://down.example/\(version).zip",
            reference: reference
        )
        archive.needsConfirmation = version == "4.0.0.0"
        return ListedArchive(archive, isWanted: true)
    }

    /// One that is there, one that upstream does not have, one that fails, and one that waits for a later look.
    ///
    /// - Returns: The run that tried to fetch them.
    @discardableResult
    private func fill(_ site: FilledSite) async throws -> RunID {
        let store = site.store
        _ = try await store.makeDue(ids: nil)
        let run = try await store.beginRun(.update, worker: "test", version: "1.2.3")
        let claims = try await store.claimDue(
            source: FilledSite.plugins,
            limit: 10,
            run: run,
            leaseMilliseconds: 86_400_000
        )
        let claim = try #require(claims.first { $0.key == "akismet" })
        let hash = ContentHash(of: Array("bytes".utf8))
        let key = "dist/ab/cd/\(hash.hexadecimal).zip"
        let text = """
            {"packages":{"wp-plugin/akismet":[{"version":"1.0","source":{"reference":"tags/1.0@9"},\
            "dist":{"type":"zip","url":"https://ours.example/\(key)"}},\
            {"version":"0.9","dist":{"type":"zip","url":"https://down.example/0.9.zip"}}]}}
            """
        var result = PackageResult(
            claim: claim,
            state: .active,
            format: 1,
            documents: [("p2/wp-plugin/akismet.json", Blob(of: Array(text.utf8)))],
            isSettled: true,
            looks: 0,
            nextLook: .after(3_600_000)
        )
        result.archives = [
            self.archive("1.0.0.0", "tags/1.0@9"), self.archive("2.0.0.0", "tags/2.0@9"),
            self.archive("3.0.0.0", "tags/3.0@9"), self.archive("4.0.0.0", "tags/4.0@9"),
        ]
        _ = try await store.finish([result], run: run)
        try await store.nameAll()
        let sync = try await store.beginRun(.sync, worker: "test", version: "1.2.3")
        func claimArchives() async throws -> [String: ClaimedArchive] {
            let claims = try await store.claimArchives(
                source: FilledSite.plugins,
                limit: 10,
                run: sync,
                leaseMilliseconds: 86_400_000
            )
            return Dictionary(claims.map { ($0.archive.version, $0) }, uniquingKeysWith: { first, _ in first })
        }
        let archives = try await claimArchives()
        for version in ["1.0.0.0", "4.0.0.0"] {
            let stored = StoredArchive(
                claim: try #require(archives[version]),
                key: version == "1.0.0.0" ? key : "dist/ab/cd/other.zip",
                sha256: version == "1.0.0.0" ? hash : ContentHash(of: Array("other".utf8)),
                sha1: Array(hash.bytes.prefix(20)),
                size: 1_234,
                kind: "zip",
                etag: nil,
                fetchedFrom: "https://down.example/from.zip",
                lastModifiedMilliseconds: nil,
                headerVersion: "1.0-<dev>"
            )
            _ = try await store.finishArchives([stored], run: sync)
        }
        func fail(_ archive: ClaimedArchive?, _ error: String, isAbsent: Bool) async throws {
            let claim = try #require(archive)
            try await store.failArchives([
                ArchiveFailure(claim: claim, error: error, retryMilliseconds: Self.day, isAbsent: isAbsent)
            ])
        }
        try await fail(archives["3.0.0.0"], "no room <here>", isAbsent: false)
        try await fail(archives["2.0.0.0"], "not found", isAbsent: true)
        _ = try await store.engine.write { session in
            try session.execute(
                """
                UPDATE archives SET due_at_ms = due_at_ms - \(Self.day), absent_since_ms = absent_since_ms - \(Self.day)
                WHERE version = '2.0.0.0'
                """
            )
        }
        try await fail(try await claimArchives()["2.0.0.0"], "not found", isAbsent: true)
        return sync
    }

    @Test(arguments: TestDatabase.allCases)
    func `the page of a package tells of each archive its size, hash, when it was fetched and from where`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database, settings: Self.settings) { site in
            #expect(try await !site.text("/packages/wp-plugin/akismet").contains("SHA-256</th>"))
            try await self.fill(site)
            let page = try await site.text("/packages/wp-plugin/akismet")
            let hash = ContentHash(of: Array("bytes".utf8)).hexadecimal
            for text in [
                "<td class=\"number\" data-label=\"Size\">1 kB</td>", "title=\"\(hash)\"",
                "from <a href=\"https://down.example/from.zip\"",
                "its header says <bdi>1.0-&lt;dev&gt;</bdi>", "upstream's</span>",
                // What is missing, why, and what became of its version.
                "upstream has none of it, first noticed", "<bdi>not found</bdi>", "no room &lt;here&gt;", "left out",
                "waits for a <code>discover</code>",
            ] {
                #expect(page.contains(text), "\(text)")
            }
            #expect(try await !site.text("/packages/wp-plugin/hostile").contains("Missing archives"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `there is a page of archives, and what is full is said on the first page`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database, settings: Self.settings) { site in
            let empty = try await site.text("/archives")
            #expect(empty.contains("None are kept"))
        }
        try await FilledSite.with(database, settings: Self.settings) { site in
            let sync = try await self.fill(site)
            let page = try await site.text("/archives")
            for text in [
                "The budget is used up", "PACKLINE_ARCHIVES_BUDGET_MB", "no room &lt;here&gt;", "not found",
                "<a href=\"/packages/wp-plugin/akismet\">", "<td class=\"number\" data-label=\"Tries\">2</td>",
            ] {
                #expect(page.contains(text), "\(text)")
            }
            let first = try await site.text("/")
            #expect(first.contains("The budget for archives is used up"))
            #expect(first.contains("<a href=\"/packages/wp-plugin/akismet\"><bdi>wp-plugin/akismet 3.0.0.0</bdi></a>"))
            #expect(!first.contains("akismet 2.0.0.0"), "what upstream does not have is no failure of ours")
            let run = try await site.text("/runs/\(sync)")
            #expect(run.contains("no room &lt;here&gt;"))
            #expect(run.contains("<a href=\"/packages/wp-plugin/akismet\"><bdi>wp-plugin/akismet 3.0.0.0</bdi></a>"))
            #expect(!run.contains("akismet 2.0.0.0"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `metrics and status.json count archives`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database, settings: Self.settings) { site in
            try await self.fill(site)
            let metrics = try await site.text("/metrics")
            for line in [
                "packline_archives_stored 2", "packline_archives_bytes 2468", "packline_archives_budget_bytes 2000",
                "packline_archives_missing{source=\"wordpress-plugins\"} 2", "packline_archives_failing 2",
                "packline_archives_absent 1", "packline_archives_unconfirmed 1", "packline_archives_lost 0",
            ] {
                #expect(metrics.contains("\n\(line)\n"), "\(line)")
            }
            let status = try await site.text("/status.json").filter { !$0.isWhitespace }
            #expect(
                status.contains(
                    #""archives":{"absent":1,"bytes":2468,"failing":2,"lost":0,"missing":{"wordpress-plugins":2}"#
                )
            )
            let trail = try #require(try await site.store.trail(ofPackage: "wp-plugin/akismet"))
            #expect(trail.archives.map(\.version) == ["4.0.0.0", "3.0.0.0", "2.0.0.0", "1.0.0.0"])
            #expect(trail.archives.map { $0.stored?.isLive } == [false, nil, nil, true])
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `what lock files name and nobody finds is told everywhere until it is back`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database, settings: Self.settings) { site in
            try await self.fill(site)
            #expect(try await site.store.loseArchives(["dist/ab/cd/other.zip"]) == 1)
            #expect(try await site.text("/metrics").contains("\npackline_archives_lost 1\n"))
            let status = try await site.text("/status.json").filter { !$0.isWhitespace }
            #expect(status.contains(#""lost":1"#))
            let page = try await site.text("/archives")
            #expect(page.contains("<dt>Lost</dt><dd>1</dd>") && page.contains("packline sync verify says which"))
            #expect(try await site.text("/").contains("1 archive is gone from the bucket"))
        }
    }
}
