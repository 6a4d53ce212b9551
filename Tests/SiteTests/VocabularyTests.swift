import Foundation
import Store
import TestSupport
import Testing

@testable import Site

/// One vocabulary: what a metric tells is called the same in `/status.json` and `status --json`.
@Suite struct VocabularyTests {
    /// What only one of them can tell: who answers, how it is asked, and what a series says better than a moment.
    private static let onlyMetrics: Set<String> = [
        "build_info", "http_requests_total", "http_request_duration_seconds", "stage_runs", "stage_last_items",
        "stage_last_duration_seconds", "stage_last_success_timestamp_seconds", "archives_budget_bytes",
        // As `behind_since` and `failing_since`, instants.
        "source_behind_seconds", "source_failing_seconds", "advisory_feed_failing_seconds",
    ]
    /// Instants are text there, and say so by not naming a unit.
    private static let instants = [
        "source_cursor_timestamp_seconds": "cursor_time", "source_last_check_timestamp_seconds": "last_check",
        "database_created_timestamp_seconds": "database_created",
        "advisory_feed_last_read_timestamp_seconds": "last_read",
    ]

    @Test(arguments: TestDatabase.allCases)
    func `each metric of the database has its member in status.json, with the same number`(
        _ database: TestDatabase
    ) async throws {
        try await FilledSite.with(database) { site in
            let status = try await site.text("/status.json")
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(status.utf8)) as? [String: Any]
            )
            let sources = try #require(json["sources"] as? [String: [String: Any]])
            var compared = 0
            for line in try await site.text("/metrics").split(separator: "\n") where line.hasPrefix("packline_") {
                let words = line.dropFirst("packline_".count).split(separator: " ")
                let name = String(words[0].prefix { $0 != "{" })
                if Self.onlyMetrics.contains(where: { name == $0 || name.hasPrefix("\($0)_") }) { continue }
                // What it is about, and what it is called there.
                var (members, member): ([String: Any]?, String) = (json, Self.instants[name] ?? name)
                if let source = words[0].split(separator: "\"").dropFirst().first, words[0].contains("{source=") {
                    members = sources[String(source)]
                    if member.hasPrefix("source_") { member.removeFirst("source_".count) }
                }
                for group in ["archives", "advisory"] where member.hasPrefix("\(group)_") {
                    members = json[group == "advisory" ? "advisories" : group] as? [String: Any]
                    member.removeFirst(group.count + 1)
                }
                let value = try #require(members?[member], "\(line) has no \(member)")
                if let number = value as? NSNumber, let said = words.last.flatMap({ Double($0) }) {
                    #expect(number.doubleValue == said, "\(line)")
                    compared += 1
                }
            }
            #expect(compared > 8)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `status --json is status.json, and what is the operator's besides`(_ database: TestDatabase) async throws {
        try await FilledSite.with(database) { site in
            let served = try #require(
                try JSONSerialization.jsonObject(with: Data(try await site.text("/status.json").utf8)) as? [String: Any]
            )
            let report = try await site.store.status(failures: 20, runs: 10)
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            let told = try #require(
                try JSONSerialization.jsonObject(
                    with: encoder.encode(StatusDocument(report, version: "1", advisoryFeeds: []))
                ) as? [String: Any]
            )
            #expect(Set(told.keys).subtracting(served.keys) == ["failures", "held_packages", "runs"])
            #expect(Set(served.keys).subtracting(told.keys) == [])
            for (name, source) in try #require(served["sources"] as? [String: [String: Any]]) {
                let same = (told["sources"] as? [String: [String: Any]])?[name]
                #expect(Set(source.keys) == Set(same?.keys.map { $0 } ?? []))
            }
            #expect((told["runs"] as? [[String: Any]])?.isEmpty == false)
        }
    }
}
