import Synchronization

/// A value that is costly to make, kept for a while; those who ask meanwhile share one making of it.
final class Remembered<Value: Sendable>: Sendable {
    private let lifetime: Duration
    private let make: @Sendable () async throws -> Value
    private let current = Mutex<(task: Task<Value, any Error>, madeAt: ContinuousClock.Instant)?>(nil)

    init(for lifetime: Duration, _ make: @escaping @Sendable () async throws -> Value) {
        self.lifetime = lifetime
        self.make = make
    }

    /// - Throws: What making it threw; the next one to ask has it made again.
    func value() async throws -> Value {
        let task = self.current.withLock { current in
            if let current, current.madeAt.duration(to: .now) < self.lifetime { return current.task }
            let task = Task { [make = self.make] in try await make() }
            current = (task, .now)
            return task
        }
        do {
            return try await task.value
        } catch {
            self.current.withLock { if $0?.task == task { $0 = nil } }
            throw error
        }
    }
}
