package import Facts
import Synchronization

/// Named counts of one run, shared by its tasks.
package final class Counters: Sendable {
    private let values = Mutex<[Counter: Int]>([:])
    private let consumedRuns = Mutex<Set<RunID>>([])

    package init() {}

    package var snapshot: [Counter: Int] { self.values.withLock { $0 } }
    package var consumed: Set<RunID> { self.consumedRuns.withLock { $0 } }

    package subscript(counter: Counter) -> Int { self.values.withLock { $0[counter, default: 0] } }

    package func add(_ counter: Counter, _ count: Int = 1) {
        guard count != 0 else { return }
        self.values.withLock { $0[counter, default: 0] += count }
    }

    package func set(_ counter: Counter, _ count: Int) { self.values.withLock { $0[counter] = count } }

    /// Notes that the run took output of another.
    package func consume(_ runs: some Sequence<RunID?>) {
        let runs = runs.compactMap { $0 }
        self.consumedRuns.withLock { $0.formUnion(runs) }
    }
}
