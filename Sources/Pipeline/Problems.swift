import Synchronization

/// What went wrong with the first few items of a run, by name, shared by its tasks.
package final class Problems: Sendable {
    /// A run's error is one line.
    private static let most = 3

    private let first = Mutex<[String]>([])

    package init() {}

    package func add(_ name: String, _ problem: String) {
        self.first.withLock { if $0.count < Self.most { $0.append("\(name): \(problem)") } }
    }

    /// `heading`, followed by the first few.
    package func summary(_ heading: String) -> String {
        let first = self.first.withLock { $0 }
        return first.isEmpty ? heading : "\(heading): \(first.joined(separator: "; "))"
    }
}
