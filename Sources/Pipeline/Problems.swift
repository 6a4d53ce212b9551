import Synchronization

/// What went wrong with items of a run, by name, shared by its tasks: the first few in words, the others counted.
package final class Problems: Sendable {
    private struct Found {
        var first: [String] = []
        var count = 0
    }

    /// A run's error is one line.
    private static let most = 3

    private let found = Mutex(Found())

    package init() {}

    package func add(_ name: String, _ problem: String) {
        self.found.withLock { found in
            found.count += 1
            if found.first.count < Self.most { found.first.append("\(name): \(problem)") }
        }
    }

    /// `heading`, followed by the first few and how many more there are.
    package func summary(_ heading: String) -> String {
        let found = self.found.withLock { $0 }
        guard !found.first.isEmpty else { return heading }
        let more = found.count - found.first.count
        return "\(heading): \(found.first.joined(separator: "; "))\(more > 0 ? "; and \(more.grouped) more" : "")"
    }
}
