import Store

/// Runs and changes, by the hour and by the day.
///
/// Of a young database no more is drawn than there has been: hours before it was begun say nothing.
struct ActivityCharts {
    let activity: [Activity]
    let now: Int64

    private static let (fewestHours, fewestDays): (Int64, Int64) = (6, 7)

    var html: [HTML] {
        let hour = self.now / 3_600_000
        let first = min(hour, self.activity.filter { $0.runs > 0 || $0.objectsPublished > 0 }.map(\.hour).min() ?? hour)
        let span = min(24, max(Self.fewestHours, hour - first + 1))
        let hours = self.bars(from: hour - span + 1, through: hour, hoursEach: 1) {
            String(Format.iso8601($0).dropFirst(11).prefix(5))
        }
        let byHour = [
            BarChart(title: "Runs in \(span) hours", unit: "runs", bars: hours.runs).html,
            BarChart(title: "Changes in \(span) hours", unit: "published", bars: hours.changes).html,
        ]
        // On the first day the days would say the same in one bar.
        if hour - first < 24 { return byHour }
        let day = self.now / 86_400_000
        let spanOfDays = min(30, max(Self.fewestDays, day - first / 24 + 1))
        let days = self.bars(from: (day - spanOfDays + 1) * 24, through: day * 24 + 23, hoursEach: 24) {
            String(Format.iso8601($0).dropFirst(5).prefix(5))
        }
        return byHour + [
            BarChart(title: "Runs in \(spanOfDays) days", unit: "runs", bars: days.runs).html,
            BarChart(title: "Changes in \(spanOfDays) days", unit: "published", bars: days.changes).html,
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
