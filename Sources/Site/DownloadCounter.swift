package import Logging
import ServiceLifecycle
package import Store
import Synchronization

/// Counts installations in memory, and writes the counts every few seconds and at the end.
///
/// Nothing but a package's name and a number is kept, never an address. Names come from ``DownloadRoutes``, which knows
/// what is here: there are no more of them than packages, whatever is reported.
package final class DownloadCounter: Service {
    private let store: Store
    private let interval: Duration
    private let logger: Logger
    private let counts = Mutex<[String: Int]>([:])

    package init(store: Store, interval: Duration = .seconds(5), logger: Logger) {
        self.store = store
        self.interval = interval
        self.logger = logger
    }

    package func add(_ names: [String]) { self.add(names.map { ($0, 1) }) }

    private func add(_ more: [(name: String, count: Int)]) {
        self.counts.withLock { counts in
            for (name, count) in more { counts[name, default: 0] += count }
        }
    }

    /// Writes again and again until the shutdown, and once more then.
    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: self.interval) }
            // In a task of its own, so that a cancelled server still writes what it has counted.
            await Task { await self.flush() }.value
        }
    }

    /// Writes what was counted so far; what can't be written is kept for the next time.
    package func flush() async {
        let counts = self.counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
        if counts.isEmpty { return }
        do { try await self.store.addDownloads(counts) } catch {
            self.logger.error("counting downloads failed", metadata: ["error": "\(error)"])
            self.add(counts.map { ($0.key, $0.value) })
        }
    }
}
