import Facts
import Store

extension PipelineMetrics {
    func writeAdvisories(to text: inout PrometheusText) {
        let feeds = self.state.feedsInUse(named: self.advisoryFeeds)
        if feeds.isEmpty { return }
        let known = Dictionary(
            self.state.advisoryFeeds.map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        func each(_ name: String, _ help: String, _ value: (SourceName) -> String) {
            text.begin(name, .gauge, help)
            for feed in feeds { text.sample(name, [("feed", feed.rawValue)], value(feed)) }
        }
        each("packline_advisories", "Advisories that a feed has, of packages that are here or not.") {
            "\(self.census.advisories.advisories[$0.rawValue] ?? 0)"
        }
        text.gauge(
            "packline_advisory_packages",
            "Packages, closed ones too, that any advisory is about.",
            self.census.advisories.packages
        )
        each(
            "packline_advisory_feed_last_read_timestamp_seconds",
            "When a feed of advisories was last read well; 0 for one that never was."
        ) { PrometheusText.seconds(milliseconds: known[$0.rawValue]?.readAtMilliseconds ?? 0) }
        each("packline_advisory_feed_failing_seconds", "For how long no run read the feed well.") { feed in
            let since = known[feed.rawValue]?.failingSinceMilliseconds
            let lasted = since.map { max(0, self.state.nowMilliseconds - $0) } ?? 0
            return PrometheusText.seconds(milliseconds: lasted)
        }
    }
}
