import Facts
import TestSupport
import Testing

@testable import Site
@testable import Store

/// What pages tell of work: what failed, what belongs together, what is due and what is under way.
@Suite struct RunPageTests {
    private func set(_ statement: SQLStatement, _ store: Store) async throws {
        _ = try await store.engine.write { try $0.execute(statement) }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a run shows what it failed at, why, and when that is tried again`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            #expect(try await !site.text("/runs/\(site.update)").contains("What failed"))
            try await self.set(
                """
                UPDATE packages SET attempts = 2, last_error = 'upstream says 500', due_at_ms = due_at_ms + 3600000
                WHERE key = 'akismet'
                """,
                site.store
            )
            let update = try await site.text("/runs/\(site.update)")
            #expect(update.contains("What failed") && update.contains("upstream says 500"))
            #expect(update.contains("href=\"/packages/wp-plugin/akismet\""))
            try await self.set(
                """
                UPDATE objects SET attempts = 1, last_error = 'the bucket says 403', failed_run = \(site.sync)
                WHERE key = 'p2/wp-plugin/akismet.json'
                """,
                site.store
            )
            #expect(try await site.text("/runs/\(site.sync)").contains("the bucket says 403"))
            // What later runs have tried again is no longer the run's, and is counted all the same.
            try await site.store.finishRun(site.discover, as: .partial, counters: ["packages_failed": 3])
            #expect(
                try await site.text("/runs/\(site.discover)").contains("3 other failures of this run are not shown")
            )
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a run links the runs of its round, by process or by what they took`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            // Of other processes each, as where a scheduler starts the stages.
            for run in [site.discover, site.update, site.sync] {
                let known = try #require(try await site.store.run(run))
                let round = try await site.store.round(of: known)
                #expect(round.map(\.id) == [site.discover, site.update, site.sync])
                let text = try await site.text("/runs/\(run)")
                #expect(text.contains("aria-label=\"Runs of the same round\""))
                #expect(text.contains("<a href=\"/runs/\(run)\" aria-current=\"page\">"))
            }
            // Of one process, which has had nothing to take, beside the round before and after it.
            var runs: [RunID] = []
            for stage in Stage.allCases + Stage.allCases {
                let run = try await site.store.beginRun(stage, worker: "one:1", version: "1.2.3")
                try await site.store.finishRun(run, as: .succeeded, counters: [:])
                runs.append(run)
                // Another worker's come between.
                _ = try await site.store.beginRun(.sync, worker: "two:2", version: "1.2.3")
            }
            for run in runs {
                let known = try #require(try await site.store.run(run))
                let round = try await site.store.round(of: known).map(\.id)
                #expect(round == (runs[..<3].contains(run) ? Array(runs[..<3]) : Array(runs[3...])))
            }
        }
    }

    @Test func `what should have been tried by now is due, and never in the past`() {
        let now: Int64 = 1_700_000_000_000
        func words(_ milliseconds: Int64?) -> String { HTML.due(milliseconds, now: now).text }
        #expect(words(now + 90_000).contains(">in 1 minute<"))
        #expect(words(now - 19_000).contains(">due now<"))
        #expect(words(now - 7_200_000).contains(">due since 2 hours ago<"))
        #expect(words(nil).contains("when it changes"))
    }

    @Test(arguments: TestDatabase.allCases)
    func `a page of work that is under way loads itself anew until it is told not to`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database) { site in
            for path in ["/", "/runs", "/runs/\(site.sync)"] {
                #expect(try await !site.text(path).contains("http-equiv=\"refresh\""), "\(path)")
            }
            let run = try await site.store.beginRun(.sync, worker: "test:4", version: "1.2.3")
            for path in ["/", "/runs", "/runs/\(run)"] {
                let text = try await site.text(path)
                #expect(text.contains("<meta http-equiv=\"refresh\" content=\""), "\(path)")
                #expect(text.contains("href=\"\(path)?refresh=off\">Stop</a>"), "\(path)")
                let stopped = try await site.text("\(path)?refresh=off")
                #expect(!stopped.contains("http-equiv=\"refresh\""))
                #expect(stopped.contains("href=\"\(path)\">Go on</a>"))
            }
            #expect(try await site.text("/runs?stage=sync").contains("href=\"/runs?stage=sync&amp;refresh=off\">"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `releases and branches of one run are one change, with the version`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            try await self.set(
                """
                INSERT INTO objects (key, kind, package_id, content_hash, deployed_hash, content_changed_at_ms,
                    deployed_at_ms, feed_position, synced_run, due_at_ms)
                SELECT 'p2/wp-plugin/akismet~dev.json', kind, package_id, content_hash, deployed_hash,
                    content_changed_at_ms, deployed_at_ms, 500, synced_run, due_at_ms
                FROM objects WHERE key = 'p2/wp-plugin/akismet.json'
                """,
                site.store
            )
            try await self.set(
                """
                INSERT INTO stamps (object_key, run, position)
                SELECT key, synced_run, feed_position FROM objects WHERE key = 'p2/wp-plugin/akismet~dev.json'
                """,
                site.store
            )
            let text = try await site.text("/changes")
            #expect(text.split(separator: "href=\"/packages/wp-plugin/akismet\"").count == 2)
            #expect(text.contains("<bdi>2.0, branches</bdi>"))
            let feed = try await site.text("/changes.atom")
            #expect(feed.contains("<title>wp-plugin/akismet updated: 2.0, branches</title>"))
            #expect(feed.split(separator: "<entry>").count == 3)
        }
    }

    @Test func `charts of the first hours are of those hours, and days come with the second day`() {
        let now: Int64 = 1_000 * 86_400_000 + 43_200_000
        let hour = now / 3_600_000
        func titles(_ first: Int64) -> [String] {
            let charts = ActivityCharts(
                activity: [Activity(hour: first, runs: 3, runsFailed: 0, documentsChanged: 0, objectsPublished: 5)],
                now: now
            )
            return charts.html.compactMap {
                $0.text.split(separator: "<span>").dropFirst().first?.split(separator: "<").first
            }
            .map(String.init)
        }
        #expect(titles(hour) == ["Runs in 6 hours", "Changes in 6 hours"])
        #expect(titles(hour - 9) == ["Runs in 10 hours", "Changes in 10 hours"])
        #expect(
            titles(hour - 48) == ["Runs in 24 hours", "Changes in 24 hours", "Runs in 7 days", "Changes in 7 days"]
        )
        #expect(titles(hour - 700).suffix(2) == ["Runs in 30 days", "Changes in 30 days"])
    }
}
