import Composer
import Facts
import Store

extension StatusPage {
    /// How far each source is behind its upstream.
    var sources: HTML {
        let check = self.state.stage(.discover)?.lastSuccess?.startedAtMilliseconds
        let rows = self.state.sources.map { source -> HTML in
            func count(_ state: PackageState) -> String {
                Format.number(self.census.packages[source.name]?[state.rawValue] ?? 0)
            }
            let offer: HTML = source.offer.map { "<br><span class=\"muted\">\($0)</span>" as HTML } ?? ""
            return """
                <tr><th scope="row">\(source.name)\(offer)\(source.leasedBy.map { " (\(HTML.run($0)) is at work)" as HTML })</th>
                <td class="number">\(source.cursor?.description ?? "none")</td>
                <td>\(HTML.time(source.cursorAtMilliseconds, now: self.now, none: "unknown"))</td>
                <td>\(HTML.time(check, now: self.now))</td>
                <td>\(HTML.time(source.reconciledAtMilliseconds, now: self.now))</td>
                <td class="number">\(count(.active))</td><td class="number">\(count(.closed))</td>
                <td class="number">\(count(.missing))</td><td class="number">\(Format.number(source.due))</td>
                <td class="number">\(Format.number(source.behind))</td></tr>
                """
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Sources"><table>
            <caption>What was taken in from upstream, up to where</caption>
            <thead><tr><th scope="col">Source</th><th scope="col" class="number">Position</th>
            <th scope="col">Made</th><th scope="col">Checked</th><th scope="col">Compared with the listing</th>
            <th scope="col" class="number">Active</th><th scope="col" class="number">Closed</th>
            <th scope="col" class="number">Missing</th><th scope="col" class="number">Due</th>
            <th scope="col" class="number">Behind</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    var failureTable: HTML {
        if self.failures.isEmpty { return "<p class=\"empty\">Nothing.</p>" }
        let rows = self.failures.map { failure -> HTML in
            """
            <tr><th scope="row">\(self.link(to: failure.name))</th><td class="wrap"><bdi>\(failure.error)</bdi></td>
            <td class="number">\(failure.attempts)</td>
            <td>\(HTML.time(failure.retryAtMilliseconds, now: self.now))</td></tr>
            """
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="Failures"><table>
            <caption>The next to be tried first; \(Format.count(self.state.failingPackages, "package")), \
            \(Format.count(self.state.failingDocuments, "document")) and \
            \(Format.count(self.census.archives.failing, "archive")) in all</caption>
            <thead><tr><th scope="col">What</th><th scope="col">Error</th><th scope="col" class="number">Tries</th>
            <th scope="col">Next try</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    /// A failure is named by source and key, which is an address of the package's page, by the path of a document, or by
    /// a package and a version of it.
    private func link(to name: String) -> HTML {
        let parts = name.split(separator: " ", maxSplits: 1)
        if parts.count == 2, parts[0].contains("/") {
            return "<a href=\"\(SitePath.package(String(parts[0])))\"><bdi>\(name)</bdi></a>"
        }
        return DocumentName(path: name)?.link(name)
            ?? (name.contains("/")
                ? "<a href=\"\(SitePath.package(name))\"><bdi>\(name)</bdi></a>" : "<bdi>\(name)</bdi>")
    }
}

/// Runs and changes, by the hour and by the day.
struct ActivityCharts {
    let activity: [Activity]
    let now: Int64

    var html: [HTML] {
        let hour = self.now / 3_600_000
        let hours = self.bars(from: hour - 23, through: hour, hoursEach: 1) {
            String(Format.iso8601($0).dropFirst(11).prefix(5))
        }
        let day = self.now / 86_400_000
        let days = self.bars(from: (day - 29) * 24, through: day * 24 + 23, hoursEach: 24) {
            String(Format.iso8601($0).dropFirst(5).prefix(5))
        }
        return [
            BarChart(title: "Runs in 24 hours", unit: "runs", bars: hours.runs).html,
            BarChart(title: "Changes in 24 hours", unit: "published", bars: hours.changes).html,
            BarChart(title: "Runs in 30 days", unit: "runs", bars: days.runs).html,
            BarChart(title: "Changes in 30 days", unit: "published", bars: days.changes).html,
        ]
    }

    private func bars(
        from first: Int64,
        through last: Int64,
        hoursEach: Int64,
        label: (Int64) -> String
    ) -> (runs: [BarChart.Bar], changes: [BarChart.Bar]) {
        let starts = Array(stride(from: first, through: last, by: Int64.Stride(hoursEach)))
        var runs = starts.map { BarChart.Bar(label: label($0 * 3_600_000), value: 0) }
        var changes = runs
        for activity in self.activity where activity.hour >= first && activity.hour <= last {
            let index = Int((activity.hour - first) / hoursEach)
            runs[index].value += activity.runs
            runs[index].bad += activity.runsFailed
            changes[index].value += activity.objectsPublished
        }
        return (runs, changes)
    }
}
