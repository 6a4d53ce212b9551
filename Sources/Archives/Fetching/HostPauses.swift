import Synchronization

/// Hosts that want to be left alone, and until when.
final class HostPauses: Sendable {
    /// More than this are forgotten, the earliest to end first.
    private static let most = 1_000

    /// Time on the fetcher's clock.
    private let ends = Mutex<[String: Duration]>([:])

    /// How long a host is to be left alone from `now` on; nil where it is not.
    func left(_ origin: String, now: Duration) -> Duration? {
        self.ends.withLock { ends in
            guard let end = ends[origin] else { return nil }
            if end > now { return end - now }
            ends[origin] = nil
            return nil
        }
    }

    func pause(_ origin: String, until end: Duration) {
        self.ends.withLock { ends in
            ends[origin] = max(ends[origin] ?? .zero, end)
            guard ends.count > Self.most, let first = ends.min(by: { $0.value < $1.value }) else { return }
            ends[first.key] = nil
        }
    }
}
