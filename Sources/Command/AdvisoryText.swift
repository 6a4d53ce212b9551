import Pipeline
import Store

/// How far feeds of advisories were taken in, for people.
struct AdvisoryText {
    let feeds: [PipelineState.AdvisoryFeed]
    let census: AdvisoryCensus

    /// None where no feed was ever asked.
    var lines: [String] {
        if self.feeds.isEmpty { return [] }
        var lines = ["advisories  of \(self.census.packages.counted("package"))"]
        for feed in self.feeds {
            let read = feed.readAtMilliseconds.map(StatusText.time) ?? "never"
            let whole = feed.readWholeAtMilliseconds.map { ", whole \(StatusText.time($0))" } ?? ""
            let count = (self.census.advisories[feed.name] ?? 0).grouped
            lines.append("  \(feed.name)  \(count), read \(read)\(whole)")
            if let error = feed.lastError {
                let since = feed.failingSinceMilliseconds.map { " since \(StatusText.time($0))" } ?? ""
                lines.append("    failing\(since): \(error)")
            }
            if let run = feed.leasedBy { lines.append("    run \(run) is at work on it") }
        }
        return lines
    }
}
