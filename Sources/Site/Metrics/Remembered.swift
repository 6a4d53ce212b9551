import Synchronization

/// A value that is costly to make, kept for a while; those who ask meanwhile share one making of it.
///
/// The longer it took to make, the longer it is kept, so that making it takes at most a hundredth of the time.
final class Remembered<Value: Sendable>: Sendable {
    private let lifetime: Duration
    private let make: @Sendable () async throws -> Value
    private let current = Mutex<(task: Task<Value, any Error>, keptUntil: ContinuousClock.Instant)?>(nil)

    init(for lifetime: Duration, _ make: @escaping @Sendable () async throws -> Value) {
        self.lifetime = lifetime
        self.make = make
    }

    /// - Throws: What making it threw; the next one to ask has it made again.
    func value() async throws -> Value {
        let task = self.current.withLock { current in
            if let current, .now < current.keptUntil { return current.task }
            let task = Task { [make = self.make] in try await make() }
            current = (task, .now + self.lifetime)
            return task
        }
        let start = ContinuousClock.now
        do {
            let value = try await task.value
            let longest = self.lifetime == .zero ? .zero : start.duration(to: .now) * 100
            self.current.withLock { current in
                if let known = current, known.task == task {
                    current?.keptUntil = max(known.keptUntil, start + longest)
                }
            }
            return value
        } catch {
            self.current.withLock { if $0?.task == task { $0 = nil } }
            throw error
        }
    }
}
