import Resilience
import Synchronization
import Testing

@Suite struct AdaptiveConcurrencyTests {
    static func run(_ adaptive: AdaptiveConcurrency, _ load: AdaptiveConcurrency.Load, times: Int = 1) async throws {
        for _ in 0..<times { try await adaptive.withSlot { ((), load) } }
    }

    @Test func `an overload halves the limit, down to one`() async throws {
        let adaptive = AdaptiveConcurrency(maximum: 20)
        var limits: [Int] = []
        for _ in 0..<6 {
            try await Self.run(adaptive, .overload)
            limits.append(adaptive.limit)
        }
        #expect(limits == [10, 5, 2, 1, 1, 1])
    }

    @Test func `as many successes as the limit raise it by one, up to the maximum`() async throws {
        let adaptive = AdaptiveConcurrency(maximum: 8)
        try await Self.run(adaptive, .overload)
        #expect(adaptive.limit == 4)
        var limits: [Int] = []
        for step in [3, 1, 5, 6, 7, 100] {
            try await Self.run(adaptive, .fine, times: step)
            limits.append(adaptive.limit)
        }
        #expect(limits == [4, 5, 6, 7, 8, 8])
    }

    @Test func `what says nothing about the load changes nothing`() async throws {
        struct Failure: Error {}
        let adaptive = AdaptiveConcurrency(maximum: 8)
        try await Self.run(adaptive, .unknown, times: 20)
        func fail() throws -> (Int, AdaptiveConcurrency.Load) { throw Failure() }
        await #expect(throws: Failure.self) { _ = try await adaptive.withSlot(fail) }
        #expect(adaptive.limit == 8)
    }

    @Test func `operations of the same window halve the limit once, and fewer run from then on`() async throws {
        let adaptive = AdaptiveConcurrency(maximum: 8)
        let running = Mutex(0)
        let gate = AsyncStream<Void>.makeStream()
        let started = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await adaptive.withSlot {
                        started.continuation.yield()
                        for await _ in gate.stream { break }
                        return ((), .overload)
                    }
                }
            }
            var arrivals = started.stream.makeAsyncIterator()
            for _ in 0..<8 { await arrivals.next() }
            gate.continuation.finish()
            try await group.waitForAll()
        }
        #expect(adaptive.limit == 4)
        let most = Mutex(0)
        try await forEachConcurrently(0..<40, limit: 40) { _ in
            try await adaptive.withSlot {
                let now = running.withLock { count in
                    count += 1
                    return count
                }
                most.withLock { $0 = max($0, now) }
                await Task.yield()
                running.withLock { $0 -= 1 }
                return ((), .unknown)
            }
        }
        #expect(most.withLock { $0 } <= 4)
    }
}
