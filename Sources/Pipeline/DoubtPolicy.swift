import Resilience

/// When what is said to be gone is believed.
package struct DoubtPolicy: Sendable {
    /// How often an active package must have been said to be gone before it is believed to be unknown, or closed.
    package var looksBeforeGone = 2
    package var looksBeforeClosed = 1
    /// Waits before it is asked about again.
    package var delays: [Duration] = [.seconds(600), .seconds(3_600)]

    package init() {}

    func delayMilliseconds(look: Int) -> Int64 { self.delays[min(look, self.delays.count - 1)].inMilliseconds }
}
