import Facts
import Store

/// Runs, one a row.
struct RunTable {
    let runs: [Run]
    let now: Int64
    let caption: String

    var html: HTML {
        Table(
            label: self.caption,
            caption: "\(self.caption)",
            columns: [
                .init("Run"), .init("Stage"), .init("Status"), .init("Started"), .init("Took", .number),
                .init("What it came to", .wrapping),
            ],
            rows: self.runs.map { run in
                Table.Row(
                    head: "<a href=\"\(SitePath.run(run.id))\">\(run.id)</a>",
                    cells: [
                        "\(run.stage.rawValue)", HTML.badge(run.status.tone, run.status.rawValue),
                        HTML.time(run.startedAtMilliseconds, now: self.now), "\(Self.duration(of: run, now: self.now))",
                        Self.summary(of: run),
                    ]
                )
            }
        ).html
    }

    static func duration(of run: Run, now: Int64) -> String {
        Format.duration(milliseconds: (run.finishedAtMilliseconds ?? now) - run.startedAtMilliseconds)
    }

    /// What a run's counters or its error say first.
    private static func summary(of run: Run) -> HTML {
        if let error = run.error { return "<span class=\"bad-text\"><bdi>\(error)</bdi></span>" }
        func parts(_ counters: [Counter]) -> [String] {
            counters.compactMap { counter in
                run.counters[counter].flatMap { $0 > 0 ? "\(Format.number($0)) \(counter.words)" : nil }
            }
        }
        let failed = parts([.packagesFailed, .documentsFailed])
        let parts = parts([
            .packagesNew, .packagesChanged, .packagesAsked, .documentsChanged, .documentsWithdrawn, .objectsUploaded,
            .objectsDeleted,
        ])
        let none = run.status == .running ? "at work" : "nothing to do"
        if failed.isEmpty, parts.isEmpty { return "<span class=\"muted\">\(none)</span>" }
        let bad: HTML = "<span class=\"bad-text\">\(failed.joined(separator: ", "))</span>"
        return ((failed.isEmpty ? [] : [bad]) + (parts.isEmpty ? [] : ["\(parts.joined(separator: ", "))"])).joined(
            ", "
        )
    }
}
