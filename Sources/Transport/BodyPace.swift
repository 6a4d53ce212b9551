package import AsyncHTTPClient
import NIOCore
import Synchronization

/// How slowly the body of an answer may come in.
///
/// A server that sends a byte now and then keeps every limit on silence, and would hold a lease for ever. So there is
/// also a total time, which ``BodyPace`` leaves to the caller.
package struct BodyPace: Sendable {
    /// From the head of the answer on, time is cut into pieces of this length.
    package var window: Duration
    /// Bytes that each of them has to bring, packed as they come.
    package var bytes: Int

    package init(window: Duration = .seconds(60), bytes: Int = 16_384) {
        self.window = window
        self.bytes = bytes
    }
}

/// The body came in more slowly than its ``BodyPace`` allows.
package struct BodyTooSlow: Error, CustomStringConvertible {
    package var pace: BodyPace

    package var description: String {
        "fewer than \(self.pace.bytes) bytes came in \(self.pace.window.components.seconds) s"
    }
}

/// Measures one body, and fails its exchange when it is too slow.
package final class PaceKeeper: Sendable {
    private struct State {
        var bytes = 0
        /// Since when what came has not been taken, so that nothing more is asked for.
        var heldSince: ContinuousClock.Instant?
        /// How long that was in this window.
        var held = Duration.zero
        var timer: RepeatedTask?
        var isOver = false
    }

    private let pace: BodyPace
    private let state = Mutex(State())

    package init(_ pace: BodyPace) { self.pace = pace }

    /// To be called when the head has come.
    package func begin<Response>(_ task: HTTPClient.Task<Response>) {
        let window = TimeAmount(self.pace.window)
        let timer = task.eventLoop.scheduleRepeatedTask(initialDelay: window, delay: window) { [pace] timer in
            guard self.isTooSlow() else { return }
            timer.cancel()
            task.fail(reason: BodyTooSlow(pace: pace))
        }
        let isOver = self.state.withLock { state in
            if !state.isOver { state.timer = timer }
            return state.isOver
        }
        if isOver { timer.cancel() }
    }

    package func note(bytes: Int) { self.state.withLock { $0.bytes += bytes } }

    /// What waits for its reader is not the server's fault: that time does not count.
    package func hold(_ isHeldBack: Bool, at now: ContinuousClock.Instant = .now) {
        self.state.withLock { state in
            if let since = state.heldSince { state.held += since.duration(to: now) }
            state.heldSince = isHeldBack ? now : nil
        }
    }

    package func end() {
        let timer = self.state.withLock { state in
            state.isOver = true
            defer { state.timer = nil }
            return state.timer
        }
        timer?.cancel()
    }

    /// Whether the window that ends now brought too little; the next one begins.
    func isTooSlow() -> Bool {
        self.state.withLock { state in
            guard !state.isOver else { return false }
            defer {
                state.bytes = 0
                state.held = .zero
            }
            guard state.heldSince == nil else { return false }
            let share = max(0, 1 - state.held / self.pace.window)
            return Double(state.bytes) < Double(self.pace.bytes) * share
        }
    }
}
