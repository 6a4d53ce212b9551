package import Logging
import ServiceLifecycle
package import Store

/// Publishes where there is no bucket: what `update` has written is live as soon as it is stamped.
///
/// `serve` runs one. Any number may run at once; each publication is a run of `sync`, and an idle one leaves no trace.
package struct Publisher: Service {
    private static let batchSize = 256
    private static let leaseMilliseconds: Int64 = 60_000

    private let store: Store
    private let interval: Duration
    private let logger: Logger

    package init(store: Store, interval: Duration = .seconds(1), logger: Logger) {
        self.store = store
        self.interval = interval
        self.logger = logger
    }

    /// Looks for dirty documents again and again until the shutdown; a failure is logged and tried again.
    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do { try await self.publish() } catch {
                self.logger.error("publishing failed", metadata: ["error": "\(error)"])
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: self.interval) }
        }
    }

    /// Publishes all that is dirty.
    ///
    /// - Returns: The number of documents.
    @discardableResult
    package func publish() async throws -> Int {
        let dirty = try await self.store.dirtyCount()
        guard dirty.uploads + dirty.deletes > 0 else { return 0 }
        let run = try await self.store.beginRun(.sync, worker: "serve", version: PacklineVersion.current)
        let counters = Counters()
        do {
            for rank in [Store.packageRank, Store.rootRank] { try await self.publish(rank: rank, run: run, counters) }
        } catch {
            try await self.finish(run, .failed, counters, error: "\(error)")
            throw error
        }
        try await self.finish(run, .succeeded, counters)
        return counters["documents_published"] + counters["documents_withdrawn"]
    }

    private func publish(rank: Int64, run: Int64, _ counters: Counters) async throws {
        while !Task.isShuttingDownGracefully {
            let documents = try await self.store.claimDirty(
                rank: rank,
                limit: Self.batchSize,
                run: run,
                leaseMilliseconds: Self.leaseMilliseconds
            )
            if documents.isEmpty { return }
            let stamps = documents.map {
                Stamp(path: $0.path, claimNumber: $0.claimNumber, hash: $0.content?.hash, etag: nil)
            }
            counters.add("stamps_late", try await self.store.stampDeployed(stamps, run: run))
            counters.consume(documents.map(\.updatedRun))
            counters.add("documents_published", stamps.count { $0.hash != nil })
            counters.add("documents_withdrawn", stamps.count { $0.hash == nil })
        }
    }

    private func finish(_ run: Int64, _ status: RunStatus, _ counters: Counters, error: String? = nil) async throws {
        try await self.store.finishRun(
            run,
            as: status,
            consumed: Array(counters.consumed),
            counters: counters.snapshot,
            error: error
        )
    }
}
