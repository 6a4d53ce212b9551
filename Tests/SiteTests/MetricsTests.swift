import Facts
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Store
import TestSupport
import Testing

@testable import Site

@Suite struct MetricsTests {
    @Test(arguments: TestDatabase.allCases)
    func `metrics tell the state of the pipeline`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            let response = try await site.page("/metrics")
            #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            let text = String(buffer: response.body)
            for line in [
                "packline_build_info{version=\"1.2.3\"} 1", "packline_packages_due{source=\"wordpress-plugins\"} 0",
                "packline_packages_failing 0", "packline_documents_dirty 0", "packline_documents_failing 0",
                "packline_documents_live 2", "packline_oldest_dirty_age_seconds 0.0",
                "packline_source_cursor{source=\"wordpress-plugins\"} 7", "packline_leases 0",
                "packline_stage_runs{stage=\"sync\",status=\"succeeded\"} 1",
                "packline_stage_last_items{stage=\"sync\",counter=\"objects_uploaded\"} 2",
            ] {
                #expect(text.contains("\n" + line + "\n"), "\(line)")
            }
            for name in [
                "packline_source_last_check_timestamp_seconds{source=\"wordpress-plugins\"} 1",
                "packline_stage_last_success_timestamp_seconds{stage=\"update\"} 1",
                "packline_stage_last_duration_seconds{stage=\"sync\"} ", "packline_feed_position ",
                "packline_database_bytes ",
            ] {
                #expect(text.contains("\n" + name), "\(name)")
            }
            let names = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map {
                $0.split(separator: " ")[2]
            }
            #expect(Set(names).count == names.count)
            #expect(text.split(separator: "\n").count { $0.hasPrefix("# HELP ") } == names.count)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `metrics tell what never succeeded and what is in trouble`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let store = stores[0]
            try await store.note(isFailing: true, source: "wordpress-plugins")
            let text = try await Self.text(store)
            for line in [
                "packline_stage_last_success_timestamp_seconds{stage=\"discover\"} 0.0",
                "packline_stage_last_success_timestamp_seconds{stage=\"sync\"} 0.0",
                "packline_source_last_check_timestamp_seconds{source=\"wordpress-plugins\"} 0.0",
                "packline_source_behind_seconds{source=\"wordpress-plugins\"} 0.0",
            ] {
                #expect(text.contains("\n" + line + "\n"), "\(line)")
            }
            #expect(text.contains("\npackline_database_created_timestamp_seconds 1"))
            let lasted = text.split(separator: "\n").first { $0.hasPrefix("packline_source_failing_seconds{") }
            #expect(lasted?.split(separator: " ").last.flatMap { Double($0) }.map { $0 >= 0 } == true)
            // Without a bucket there is no sync that could succeed.
            #expect(try await !Self.text(store, publishesItself: true).contains("{stage=\"sync\"} 0.0"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `a source that the settings name no more is in no metric and in no alert`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database) { site in
            try await site.store.note(isFailing: true, source: "composer:gone")
            for page in ["/metrics", "/status.json", "/"] {
                let text = try await site.text(page)
                #expect(text.contains("wordpress-plugins") && !text.contains("composer:gone"), "\(page)")
            }
        }
    }

    private static func text(_ store: Store, publishesItself: Bool = false) async throws -> String {
        PipelineMetrics(
            state: try await store.pipelineState(),
            census: try await store.census(),
            version: "test",
            publishesItself: publishesItself
        ).text(requests: RequestMetrics())
    }

    @Test func `requests are counted by the template of their route`() async throws {
        try await FilledSite.with(.sqlite) { site in
            for number in 1...5 { _ = try await site.page("/packages/wp-plugin/nothing-\(number)") }
            for number in 1...3 { _ = try await site.page("/no/such/path/\(number)") }
            _ = try await site.page("/packages/wp-plugin/akismet")
            _ = try await site.page("/p2/wp-plugin/akismet.json")
            let text = try await site.text("/metrics")
            for line in [
                "packline_http_requests_total{route=\"/packages/{vendor}/{name}\",status=\"404\"} 5",
                "packline_http_requests_total{route=\"/packages/{vendor}/{name}\",status=\"200\"} 1",
                "packline_http_requests_total{route=\"/p2/{vendor}/{file}\",status=\"200\"} 1",
                "packline_http_requests_total{route=\"none\",status=\"404\"} 3",
                "packline_http_request_duration_seconds_count{route=\"/packages/{vendor}/{name}\"} 6",
                "packline_http_request_duration_seconds_bucket{route=\"none\",le=\"+Inf\"} 3",
            ] {
                #expect(text.contains("\n" + line + "\n"), "\(line)")
            }
            #expect(!text.contains("such/path"))
        }
    }

    @Test func `the buckets of a histogram add up`() {
        let metrics = RequestMetrics()
        for seconds in [0.0001, 0.001, 0.0011, 3, 100] { metrics.record(route: "/", status: 200, seconds: seconds) }
        var text = PrometheusText()
        metrics.write(to: &text)
        for (bound, count) in [("0.001", 2), ("0.0025", 3), ("2.5", 3), ("5.0", 4), ("10.0", 4), ("+Inf", 5)] {
            let line = "packline_http_request_duration_seconds_bucket{route=\"/\",le=\"\(bound)\"} \(count)\n"
            #expect(text.text.contains(line), "\(line)")
        }
    }

    @Test func `labels and help are escaped`() {
        var text = PrometheusText()
        text.begin("a", .gauge, "one\\two\nthree")
        text.sample("a", [("b", "\"q\"\\\n")], "1")
        #expect(text.text == "# HELP a one\\\\two\\nthree\n# TYPE a gauge\na{b=\"\\\"q\\\"\\\\\\n\"} 1\n")
    }

    @Test(arguments: TestDatabase.allCases)
    func `readiness tells what is late and what to do`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            func problems(_ lag: Int) async -> [String] {
                let settings = PageSettings(readyMaxLagSeconds: lag)
                return await Readiness(store: stores[0], settings: settings, logger: logger).problems()
            }
            #expect(await problems(0) == [])
            #expect(await problems(60).count == 2)
            #expect(await problems(60).first == "discover has never succeeded; run discover")
            let without = PageSettings(readyMaxLagSeconds: 60, publishesItself: true)
            #expect(await Readiness(store: stores[0], settings: without, logger: logger).problems().count == 1)
            for stage in [Stage.discover, .sync] {
                let run = try await stores[0].beginRun(stage, worker: "test", version: "test")
                try await stores[0].finishRun(run, as: stage == .sync ? .partial : .succeeded, counters: [:])
            }
            #expect(await problems(3_600) == [])
            _ = try await stores[0].engine.write { session in
                try session.execute(
                    "UPDATE pipeline_runs SET finished_at_ms = finished_at_ms - 100000000 WHERE stage = 'sync'"
                )
            }
            #expect(await problems(3_600).count == 1)
            #expect(await problems(3_600).first?.contains("the last successful sync ended 100") == true)
            #expect(await problems(200_000) == [])
            _ = try await stores[0].engine.write { session in
                try session.execute("INSERT INTO schema_migrations (number, name, applied_at_ms) VALUES (999, 'x', 0)")
            }
            #expect(await problems(0).first?.contains("the database has schema 999") == true)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `readyz answers 200 or 503 with the reason`(_ database: TestDatabase) async throws {
        try await database.with { stores in
            try await FilledSite.serving(stores[0]) { client in
                try await client.execute(uri: "/readyz", method: .get) { response in
                    #expect(response.status == .ok)
                    #expect(String(buffer: response.body) == "{\"status\":\"ready\"}")
                }
            }
            try await FilledSite.serving(stores[0], settings: PageSettings(readyMaxLagSeconds: 60)) { client in
                try await client.execute(uri: "/readyz", method: .get) { response in
                    #expect(response.status == .serviceUnavailable)
                    #expect(String(buffer: response.body).contains("\"reason\":\"discover has never succeeded"))
                    #expect(response.headers[.cacheControl] == "no-store")
                }
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `status.json tells cursors, backlog and last runs`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            let response = try await site.page("/status.json")
            #expect(response.headers[.cacheControl] == "no-store")
            let body = Data(response.body.readableBytesView)
            let document = try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
            let sources = try #require(document["sources"] as? [String: [String: Any]])
            let plugins = try #require(sources["wordpress-plugins"])
            #expect(plugins["cursor"] as? Int == 7)
            #expect(plugins["cursor_time"] as? String == "2023-11-14T22:13:20Z")
            #expect(plugins["last_check"] != nil)
            #expect(plugins["packages"] as? [String: Int] == ["active": 2])
            #expect(document["documents_dirty"] as? Int == 0)
            #expect(document["oldest_dirty_age_seconds"] as? Int == 0)
            let runs = try #require(document["last_runs"] as? [String: [String: Any]])
            #expect(runs["update"]?["id"] as? Int64 == site.update.rawValue)
            #expect((runs["update"]?["counters"] as? [String: Int])?["documents_changed"] == 2)
        }
    }

    @Test func `what is remembered is made once, and again after a failure`() async throws {
        struct Failure: Error {}
        let (starts, continuation) = AsyncStream<Void>.makeStream()
        let calls = Calls()
        let kept = Remembered(for: .seconds(600)) {
            continuation.yield()
            if await calls.next() == 1 { throw Failure() }
            return await calls.count
        }
        await #expect(throws: Failure.self) { try await kept.value() }
        async let one = kept.value()
        async let two = kept.value()
        #expect(try await [one, two, kept.value()] == [2, 2, 2])
        let never = Remembered(for: .zero) { await calls.next() }
        #expect(try await [never.value(), never.value()] == [3, 4])
        continuation.finish()
        #expect(await starts.reduce(0) { count, _ in count + 1 } == 2)
    }
}

private actor Calls {
    var count = 0

    func next() -> Int {
        self.count += 1
        return self.count
    }
}
