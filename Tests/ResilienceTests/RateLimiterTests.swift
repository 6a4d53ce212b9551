import Resilience
import Synchronization
import Testing

@Suite struct RateLimiterTests {
    /// A clock on which sleeping takes no time, and moves the time on.
    final class SkippingClock: Clock, Sendable {
        typealias Instant = ContinuousClock.Instant
        let start = ContinuousClock.now
        private let skipped = Mutex<Duration>(.zero)

        var now: Instant { self.start.advanced(by: self.skipped.withLock { $0 }) }
        var minimumResolution: Duration { .zero }

        func sleep(until deadline: Instant, tolerance: Duration?) async throws {
            try Task.checkCancellation()
            self.pass(until: deadline)
        }

        func pass(until deadline: Instant) {
            self.skipped.withLock { $0 = max($0, self.start.duration(to: deadline)) }
        }
    }

    @Test(arguments: [1e-300, .leastNonzeroMagnitude, -1, .nan, .infinity])
    func `a rate that makes no sense stops nobody`(_ rate: Double) { _ = RateLimiter(perSecond: rate) }

    @Test func `operations are spaced evenly, also after an idle time`() async throws {
        let clock = SkippingClock()
        let limiter = RateLimiter(perSecond: 5, clock: clock)
        var turns: [Duration] = []
        for turn in 0..<6 {
            if turn == 3 { clock.pass(until: clock.start.advanced(by: .seconds(10))) }
            try await limiter.waitForTurn()
            turns.append(clock.start.duration(to: clock.now))
        }
        let expected: [Duration] = [0, 200, 400, 10_000, 10_200, 10_400].map { .milliseconds($0) }
        for (turn, wanted) in zip(turns, expected) {
            #expect(abs((turn - wanted) / .milliseconds(1)) < 0.01, "\(turns)")
        }
    }

    @Test func `no limit means no wait`() async throws {
        let clock = SkippingClock()
        let limiter = RateLimiter(perSecond: 0, clock: clock)
        for _ in 0..<100 { try await limiter.waitForTurn() }
        #expect(clock.now == clock.start)
    }
}
