import Resilience
import Synchronization
import Testing

@Suite struct ConcurrencyLimiterTests {
    /// Counts what runs.
    final class Running: Sendable {
        private let state = Mutex((now: 0, most: 0, done: 0))

        var counts: (now: Int, most: Int, done: Int) { self.state.withLock { $0 } }

        func begin() {
            self.state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
        }

        func end() {
            self.state.withLock { state in
                state.now -= 1
                state.done += 1
            }
        }
    }

    /// Runs until it is told to end.
    final class Held: Sendable {
        private let state = Mutex((isOver: false, waiting: [CheckedContinuation<Void, Never>]()))

        func end() {
            let waiting = self.state.withLock { state in
                state.isOver = true
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        func run() async {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if !state.isOver { state.waiting.append(continuation) }
                    return state.isOver
                }
                if isOver { continuation.resume() }
            }
        }
    }

    @Test func `no more than the limit runs at once, and everybody gets a turn`() async throws {
        let limiter = ConcurrencyLimiter(limit: 3)
        let running = Running()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await limiter.withSlot {
                        running.begin()
                        for _ in 0..<5 { await Task.yield() }
                        running.end()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(running.counts.most == 3)
        #expect(running.counts.done == 200)
    }

    @Test func `a failure gives its place back`() async throws {
        struct Broken: Error {}
        let limiter = ConcurrencyLimiter(limit: 1)
        for _ in 0..<3 {
            await #expect(throws: Broken.self) { try await limiter.withSlot { throw Broken() } }
        }
        let value = try await limiter.withSlot { 7 }
        #expect(value == 7)
    }

    @Test func `a cancelled wait ends at once and takes nobody's place`() async throws {
        let limiter = ConcurrencyLimiter(limit: 1)
        let held = Held()
        let holder = Task { try await limiter.withSlot { await held.run() } }
        let entered = Running()
        let waiter = Task { try await limiter.withSlot { entered.begin() } }
        waiter.cancel()
        held.end()
        try await holder.value
        // Whether it was cancelled before or while it waited, or had come in already, the place is free afterwards.
        do {
            try await waiter.value
            #expect(entered.counts.now == 1)
        } catch {
            #expect(error is CancellationError)
            #expect(entered.counts.now == 0)
        }
        let value = try await limiter.withSlot { "free" }
        #expect(value == "free")
    }

    @Test func `a task that is cancelled already does not come in`() async {
        let limiter = ConcurrencyLimiter(limit: 1)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await limiter.withSlot {}
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
