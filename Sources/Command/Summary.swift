import Facts
import Foundation
import Pipeline
import Resilience
import Store

/// The one screen at the end of a run: what changed, what was skipped by which layer, what failed and when it is
/// tried again.
struct Summary {
    let stage: Stage
    let outcome: StageOutcome
    let run: RunID?
    let elapsed: Duration

    var text: String {
        let seconds = Double(self.elapsed.inMilliseconds) / 1_000
        let title = self.run.map { "run \($0)" } ?? "dry run, nothing was changed"
        let end = self.run == nil ? "" : ": \(self.outcome.exit.status.rawValue) in \(seconds) s"
        var lines = ["\(self.stage.rawValue) (\(title))\(end)"]
        for note in self.outcome.notes { lines.append("  \(note)") }
        let width = self.outcome.counters.keys.map(\.rawValue.count).max() ?? 0
        for (counter, count) in self.outcome.counters.sorted(by: { $0.key < $1.key }) where count != 0 {
            let gap = String(repeating: " ", count: width - counter.rawValue.count + 2)
            lines.append("  \(counter.words)\(gap)\(count.grouped)")
        }
        if let error = self.outcome.error { lines.append("  \(error)") }
        return lines.joined(separator: "\n") + "\n"
    }
}
