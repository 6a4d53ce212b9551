import Synchronization

/// Named counts of one run, shared by its tasks.
package final class Counters: Sendable {
    private let values = Mutex<[String: Int]>([:])
    private let consumedRuns = Mutex<Set<Int64>>([])

    package init() {}

    package var snapshot: [String: Int] { self.values.withLock { $0 } }
    package var consumed: Set<Int64> { self.consumedRuns.withLock { $0 } }

    package subscript(name: String) -> Int { self.values.withLock { $0[name, default: 0] } }

    package func add(_ name: String, _ count: Int = 1) {
        guard count != 0 else { return }
        self.values.withLock { $0[name, default: 0] += count }
    }

    package func set(_ name: String, _ count: Int) { self.values.withLock { $0[name] = count } }

    /// Notes that the run took output of another.
    package func consume(_ runs: some Sequence<Int64?>) {
        let runs = runs.compactMap { $0 }
        self.consumedRuns.withLock { $0.formUnion(runs) }
    }
}
