import Synchronization

/// Lets fewer operations run at once while the other side says that they are too many, and more again later.
///
/// Additive increase, multiplicative decrease, as TCP has it: an operation that met an overload halves the limit, and
/// as many successes as the limit allows at once raise it by one, up to the maximum. Operations that were under way
/// when the limit was halved do not halve it again: they ran at the old limit, and what they met is known. So there is
/// no clock in it.
package final class AdaptiveConcurrency: Sendable {
    /// What an operation met.
    package enum Load: Sendable {
        case fine, overload
        /// It says nothing about the load.
        case unknown
    }

    private struct State {
        var limit: Int
        var successes = 0
        /// How often the limit was halved.
        var window = 0
    }

    private let maximum: Int
    private let limiter: ConcurrencyLimiter
    private let state: Mutex<State>

    /// - Parameter maximum: The limit to start with and to return to; smaller than 1 is taken for 1.
    package init(maximum: Int) {
        self.maximum = max(1, maximum)
        self.limiter = ConcurrencyLimiter(limit: self.maximum)
        self.state = Mutex(State(limit: self.maximum))
    }

    /// How many operations may run at once now.
    package var limit: Int { self.state.withLock { $0.limit } }

    /// Runs `operation` when there is room for it; an error counts as `unknown`.
    ///
    /// - Throws: What `operation` throws; `CancellationError` when the task is cancelled while it waits.
    package func withSlot<Value>(_ operation: () async throws -> (Value, Load)) async throws -> Value {
        try await self.limiter.withSlot {
            let window = self.state.withLock { $0.window }
            let (value, load) = try await operation()
            self.record(load, window: window)
            return value
        }
    }

    private func record(_ load: Load, window: Int) {
        let difference = self.state.withLock { state in
            let before = state.limit
            switch load {
            case .unknown: break
            case .overload where window == state.window:
                state.limit = max(1, state.limit / 2)
                state.successes = 0
                state.window += 1
            case .overload: break
            case .fine where state.limit < self.maximum && window == state.window:
                state.successes += 1
                if state.successes >= state.limit {
                    state.successes = 0
                    state.limit += 1
                }
            case .fine: break
            }
            return state.limit - before
        }
        if difference != 0 { self.limiter.changeLimit(by: difference) }
    }
}
