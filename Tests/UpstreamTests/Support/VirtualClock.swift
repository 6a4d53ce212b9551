import Synchronization

/// A clock on which sleeping takes no time, and moves the time on.
final class VirtualClock: Clock, Sendable {
    typealias Instant = ContinuousClock.Instant

    private struct State {
        var now = ContinuousClock.now
        var waits: [Duration] = []
    }

    private let state = Mutex(State())

    var now: Instant { self.state.withLock { $0.now } }
    var minimumResolution: Duration { .zero }

    /// How long each sleep was asked to take.
    var waits: [Duration] { self.state.withLock { $0.waits } }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        self.state.withLock { state in
            state.waits.append(state.now.duration(to: deadline))
            state.now = max(state.now, deadline)
        }
        await Task.yield()
    }
}

/// Remembers names.
final class Counter: Sendable {
    private let kept = Mutex<[String]>([])
    var names: [String] { self.kept.withLock { $0 } }
    func add(_ name: String) { self.kept.withLock { $0.append(name) } }
}
