import Facts
import Store

/// Runs, one a row.
struct RunTable {
    let runs: [Run]
    let now: Int64
    let caption: String

    var html: HTML {
        let rows = self.runs.map { run -> HTML in
            """
            <tr><th scope="row"><a href="\(SitePath.run(run.id))">\(run.id)</a></th><td>\(run.stage.rawValue)</td>
            <td>\(HTML.badge(run.status.tone, run.status.rawValue))</td>
            <td>\(HTML.time(run.startedAtMilliseconds, now: self.now))</td>
            <td class="number">\(Self.duration(of: run, now: self.now))</td>
            <td class="wrap">\(Self.summary(of: run))</td></tr>
            """
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="\(self.caption)"><table>
            <caption>\(self.caption)</caption><thead><tr><th scope="col">Run</th><th scope="col">Stage</th>
            <th scope="col">Status</th><th scope="col">Started</th><th scope="col" class="number">Took</th>
            <th scope="col">What it came to</th></tr></thead><tbody>\(rows)</tbody></table></div>
            """
    }

    static func duration(of run: Run, now: Int64) -> String {
        Format.duration(milliseconds: (run.finishedAtMilliseconds ?? now) - run.startedAtMilliseconds)
    }

    /// What a run's counters or its error say first.
    private static func summary(of run: Run) -> HTML {
        if let error = run.error { return "<span class=\"bad-text\"><bdi>\(error)</bdi></span>" }
        let counters: [Counter] = [
            .packagesNew, .packagesChanged, .packagesAsked, .documentsChanged, .documentsWithdrawn, .objectsUploaded,
            .objectsDeleted, .packagesFailed, .documentsFailed,
        ]
        let parts = counters.compactMap { counter in
            run.counters[counter].flatMap { $0 > 0 ? "\(Format.number($0)) \(counter.words)" : nil }
        }
        let none = run.status == .running ? "at work" : "nothing to do"
        return parts.isEmpty ? "<span class=\"muted\">\(none)</span>" : "\(parts.joined(separator: ", "))"
    }
}
