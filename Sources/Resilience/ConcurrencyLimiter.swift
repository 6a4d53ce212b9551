import Synchronization

/// Lets at most `limit` operations run at once, across all tasks that share it, in order of arrival.
package final class ConcurrencyLimiter: Sendable {
    /// As many wait as may wait.
    package struct Full: Error {}

    private struct Waiter {
        var id: UInt64
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        var waiting: [Waiter] = []
        var lastID: UInt64 = 0
    }

    private let state: Mutex<State>
    private let mostWaiting: Int

    /// - Parameters:
    ///   - limit: At least 1; smaller is taken for 1.
    ///   - waiting: How many may wait.
    package init(limit: Int, waiting: Int = .max) {
        self.state = Mutex(State(free: max(1, limit)))
        self.mostWaiting = waiting
    }

    /// Runs `operation` when there is room for it.
    ///
    /// - Throws: What `operation` throws; ``Full`` when too many wait already; `CancellationError` when the task is
    ///   cancelled while it waits.
    package func withSlot<Value>(_ operation: () async throws -> Value) async throws -> Value {
        try await self.take()
        defer { self.giveBack() }
        return try await operation()
    }

    /// Lets more operations run at once, or fewer when `difference` is negative; those that run go on.
    package func changeLimit(by difference: Int) {
        let next: [Waiter] = self.state.withLock { state in
            state.free += difference
            let count = min(max(0, state.free), state.waiting.count)
            state.free -= count
            defer { state.waiting.removeFirst(count) }
            return Array(state.waiting.prefix(count))
        }
        for waiter in next { waiter.continuation.resume() }
    }

    private func take() async throws {
        let id = self.state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                // Checked under the lock: a cancellation from here on finds the waiter.
                let result: Result<Void, any Error>? = self.state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .success(())
                    }
                    if state.waiting.count >= self.mostWaiting { return .failure(Full()) }
                    state.waiting.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let cancelled = self.state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
            }
            cancelled?.resume(throwing: CancellationError())
        }
    }

    private func giveBack() {
        let next: CheckedContinuation<Void, any Error>? = self.state.withLock { state in
            // Below zero the limit was lowered, and more run than it allows.
            if state.waiting.isEmpty || state.free < 0 {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
