import Dispatch

extension DispatchSemaphore {
    /// Waits for a signal, and holds no thread that a task may need to give it.
    package func signalled() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.wait()
                continuation.resume()
            }
        }
    }
}
