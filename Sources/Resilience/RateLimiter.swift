import Synchronization

/// Spaces operations evenly, at most `perSecond` of them a second, across all tasks that share it.
///
/// There is no burst: after an idle time the first operation starts at once and the next one an
/// interval later, so that an upstream never sees a spike.
package final class RateLimiter<C: Clock>: Sendable where C.Duration == Duration {
    private let clock: C
    private let interval: Duration
    private let next: Mutex<C.Instant>

    /// - Parameter perSecond: Operations a second, at least one a day; 0 means no limit.
    package init(perSecond: Double, clock: C = ContinuousClock()) {
        self.clock = clock
        self.interval = perSecond > 0 ? .seconds(min(1 / perSecond, 86_400)) : .zero
        self.next = Mutex(clock.now)
    }

    /// Waits for this operation's turn.
    ///
    /// - Throws: `CancellationError` when the wait is cancelled; the turn is spent.
    package func waitForTurn() async throws {
        guard self.interval > .zero else { return }
        let now = self.clock.now
        let turn = self.next.withLock { next in
            let turn = max(next, now)
            next = turn.advanced(by: self.interval)
            return turn
        }
        if turn > now { try await self.clock.sleep(until: turn, tolerance: nil) }
    }
}
