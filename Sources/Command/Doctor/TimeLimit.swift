import Synchronization

/// Something took longer than it was given.
struct TimeLimitReached: Error, CustomStringConvertible {
    var limit: Duration

    var description: String { "there was no answer within \(self.limit.components.seconds) s" }
}

/// Waits for what `work` comes to, but no longer than `limit`.
///
/// What takes longer is cancelled, and not waited for: a driver that blocks its thread notices no cancellation.
///
/// - Throws: ``TimeLimitReached``, or what `work` throws.
func within<Value: Sendable>(
    _ limit: Duration,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let first = FirstResult(continuation)
        let task = Task {
            do { first.take(.success(try await work())) } catch { first.take(.failure(error)) }
        }
        Task {
            try? await Task.sleep(for: limit)
            first.take(.failure(TimeLimitReached(limit: limit)))
            task.cancel()
        }
    }
}

/// Hands on the first of several results.
private final class FirstResult<Value: Sendable>: Sendable {
    private let continuation: Mutex<CheckedContinuation<Value, any Error>?>

    init(_ continuation: CheckedContinuation<Value, any Error>) { self.continuation = Mutex(continuation) }

    func take(_ result: Result<Value, any Error>) {
        let waiting = self.continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(with: result)
    }
}
