import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A lock that one thread of one process holds at a time, kept as `flock` on a file.
///
/// The system releases it when a process ends in whatever way.
final class InterprocessLock: Sendable {
    private let path: String
    private let patience: Duration
    /// The open lock file, -1 before first use.
    ///
    /// Its mutex is held as long as the lock is, so that threads wait here.
    private let file = Mutex<Int32>(-1)

    /// - Parameter patience: How long to wait for another process; what is done under the lock takes microseconds, so
    ///   a holder that keeps it this long has been stopped.
    init(path: String, patience: Duration = .seconds(10)) {
        self.path = path
        self.patience = patience
    }

    deinit {
        let file = self.file.withLock { $0 }
        if file >= 0 { close(file) }
    }

    /// - Throws: ``FileCallError`` with `EWOULDBLOCK` when the wait was in vain, whatever `body` throws.
    func withLock<Value>(_ body: () throws -> Value) throws -> Value {
        try self.file.withLock { file in
            if file < 0 {
                file = open(self.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
                guard file >= 0 else { throw FileCallError(call: "open", path: self.path, errno: errno) }
            }
            try self.acquire(file)
            defer { flock(file, LOCK_UN) }
            return try body()
        }
    }

    private func acquire(_ file: Int32) throws {
        let end = ContinuousClock.now + self.patience
        var pause: UInt32 = 50
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            let mayWait = number == EWOULDBLOCK && ContinuousClock.now < end
            guard mayWait || number == EINTR else {
                throw FileCallError(call: "lock", path: self.path, errno: number)
            }
            usleep(pause)
            pause = min(pause * 2, 5_000)
        }
    }
}
