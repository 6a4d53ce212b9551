import Testing

@testable import Archives

/// P22: archives share one room, and wait for it.
@Suite struct ByteBudgetTests {
    @Test func `room is given out while it is there, and is there again when nobody has it`() {
        let budget = ByteBudget(bytes: 10)
        var first = budget.reserveNow(6)
        #expect(first != nil)
        #expect(budget.reserveNow(5) == nil)
        #expect(first?.grow(to: 10) == true)
        #expect(first?.grow(to: 11) == false)
        first?.shrink(to: 3)
        #expect(first?.bytes == 3)
        #expect(budget.free == 7)
        first = nil
        #expect(budget.free == 10)
        #expect(budget.reserveNow(11) == nil)
    }

    @Test(.timeLimit(.minutes(30)))
    func `who waits gets room in order of arrival, and nobody passes a large one by`() async throws {
        let budget = ByteBudget(bytes: 10)
        var held = budget.reserveNow(6)
        async let large = budget.reserve(9)
        while budget.waiterCount == 0 { await Task.yield() }
        #expect(budget.reserveNow(1) == nil, "it waits behind the large one")
        #expect(held != nil)
        held = nil
        #expect(try await large.bytes == 9)
    }

    @Test(.timeLimit(.minutes(30)))
    func `who is cancelled waits no more, and holds up nobody`() async throws {
        let budget = ByteBudget(bytes: 10)
        let held = budget.reserveNow(6)
        let large = Task { try await budget.reserve(9) }
        while budget.waiterCount < 1 { await Task.yield() }
        let small = Task { try await budget.reserve(4) }
        while budget.waiterCount < 2 { await Task.yield() }
        large.cancel()
        await #expect(throws: CancellationError.self) { try await large.value }
        #expect(try await small.value.bytes == 4)
        #expect(held?.bytes == 6)
    }

    @Test(.timeLimit(.minutes(30)))
    func `however many share it, all get their turn, and never more than there is`() async throws {
        let budget = ByteBudget(bytes: 100)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<500 {
                group.addTask {
                    let reservation = try await budget.reserve(1 + number * 7 % 100)
                    #expect(budget.free >= 0)
                    await Task.yield()
                    _ = reservation.grow(to: min(100, reservation.bytes + 10))
                    reservation.shrink(to: reservation.bytes / 2)
                    await Task.yield()
                }
            }
            try await group.waitForAll()
        }
        #expect(budget.free == 100)
    }
}
