import Synchronization

/// Room for bytes that many tasks share, given out in order of arrival.
///
/// Nobody who has some of it may wait for more: so none waits for ever.
final class ByteBudget: Sendable {
    private struct Waiter {
        var id: UInt64
        var bytes: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        var waiting: [Waiter] = []
        var lastID: UInt64 = 0
    }

    /// In all.
    let bytes: Int
    private let state: Mutex<State>

    init(bytes: Int) {
        self.bytes = max(0, bytes)
        self.state = Mutex(State(free: max(0, bytes)))
    }

    /// What nobody has.
    var free: Int { self.state.withLock { $0.free } }
    var waiterCount: Int { self.state.withLock { $0.waiting.count } }

    /// Room that is there now; nil where it is not, or where others wait for it.
    func reserveNow(_ bytes: Int) -> ByteReservation? {
        let isThere = self.state.withLock { state in
            guard state.waiting.isEmpty, state.free >= bytes else { return false }
            state.free -= bytes
            return true
        }
        return isThere ? ByteReservation(self, bytes) : nil
    }

    /// Waits for room.
    ///
    /// - Parameter bytes: At most all of it.
    /// - Throws: `CancellationError` when the task is cancelled while it waits.
    func reserve(_ bytes: Int) async throws -> ByteReservation {
        precondition(bytes <= self.bytes, "more than there is would be waited for without end")
        let id = self.state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                // Checked under the lock: a cancellation from here on finds the waiter.
                let result: Result<Void, any Error>? = self.state.withLock { state in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.waiting.isEmpty, state.free >= bytes {
                        state.free -= bytes
                        return .success(())
                    }
                    state.waiting.append(Waiter(id: id, bytes: bytes, continuation: continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let cancelled = self.state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0).continuation }
            }
            cancelled?.resume(throwing: CancellationError())
            // It may have been the one that the others were behind.
            self.giveBack(0)
        }
        return ByteReservation(self, bytes)
    }

    /// Adds to what one has, where that is there.
    fileprivate func add(_ bytes: Int) -> Bool {
        self.state.withLock { state in
            guard state.free >= bytes else { return false }
            state.free -= bytes
            return true
        }
    }

    fileprivate func giveBack(_ bytes: Int) {
        let next: [Waiter] = self.state.withLock { state in
            state.free += bytes
            var count = 0
            while count < state.waiting.count, state.waiting[count].bytes <= state.free {
                state.free -= state.waiting[count].bytes
                count += 1
            }
            defer { state.waiting.removeFirst(count) }
            return Array(state.waiting.prefix(count))
        }
        for waiter in next { waiter.continuation.resume() }
    }
}

/// Room that somebody has, until nobody has this any more.
package final class ByteReservation: Sendable {
    let budget: ByteBudget
    private let held: Mutex<Int>

    fileprivate init(_ budget: ByteBudget, _ bytes: Int) {
        self.budget = budget
        self.held = Mutex(bytes)
    }

    deinit { self.budget.giveBack(self.held.withLock { $0 }) }

    var bytes: Int { self.held.withLock { $0 } }

    /// - Returns: Whether there is room for it; else nothing changes.
    func grow(to bytes: Int) -> Bool {
        self.held.withLock { held in
            guard bytes > held else { return true }
            guard self.budget.add(bytes - held) else { return false }
            held = bytes
            return true
        }
    }

    func shrink(to bytes: Int) {
        let rest = self.held.withLock { held in
            defer { held = min(held, bytes) }
            return max(0, held - bytes)
        }
        self.budget.giveBack(rest)
    }
}
