import Facts
import Store

extension RunPage {
    /// The runs of the same round, each with how it went.
    var siblings: HTML {
        if self.round.count < 2 { return .nothing }
        let items = self.round.map { run -> HTML in
            let here: HTML = run.id == self.run.id ? " aria-current=\"page\"" : ""
            return """
                <li class="\(run.status.tone.rawValue)"><a href="\(SitePath.run(run.id))"\(here)>\
                <span class="dot" aria-hidden="true"></span>\(run.stage.rawValue)</a> \
                <span class="muted">\(run.status.rawValue), \(RunTable.duration(of: run, now: self.now))</span></li>
                """
        }
        return "<nav class=\"round\" aria-label=\"Runs of the same round\"><ol>\(items)</ol></nav>"
    }

    /// What failed and why; nothing where nothing did.
    var failed: HTML {
        let failures: [Counter] = [.packagesFailed, .documentsFailed, .archivesFailed]
        let counted = failures.reduce(0) { $0 + (self.run.counters[$1] ?? 0) }
        if self.failures.isEmpty, counted == 0 { return .nothing }
        let more = counted - self.failures.count
        let others: HTML? =
            more > 0
            ? """
            <p class="after muted">\(Format.count(more, "other failure")) of this run \(more == 1 ? "is" : "are") not shown: \
            later runs have tried \(more == 1 ? "it" : "them") again.</p>
            """ : nil
        let caption: HTML = "What it was the last to try, and failed at"
        return """
            <section aria-labelledby="failed"><h2 id="failed">What failed <span class="count">\
            \(Format.number(max(counted, self.failures.count)))</span></h2>
            \(self.failures.isEmpty ? nil : FailureTable(failures: self.failures, now: self.now, caption: caption).html)\(others)</section>
            """
    }
}
