package import Facts
package import Logging
import ServiceLifecycle
package import Store

/// What a stage works with during one run.
package struct StageContext: Sendable {
    package var store: Store
    package var settings: StageSettings
    package var options: StageOptions
    /// The run's row; nil in a dry run, which writes nothing.
    package var run: RunID?
    package var counters: Counters
    /// What went wrong with single items.
    package var problems = Problems()
    package var progress: Progress
    package var logger: Logger

    package init(
        store: Store,
        settings: StageSettings,
        options: StageOptions,
        run: RunID?,
        counters: Counters = Counters(),
        progress: Progress,
        logger: Logger
    ) {
        self.store = store
        self.settings = settings
        self.options = options
        self.run = run
        self.counters = counters
        self.progress = progress
        self.logger = logger
    }
}

extension StageContext {
    /// Removes what is of no more use, by a run that had work; one without writes nothing.
    ///
    /// In bounded steps, each a transaction, until nothing is left: how often runs have work says nothing of how much
    /// there is to remove.
    func cleanUp() async throws {
        guard !self.counters.snapshot.isEmpty else { return }
        let limit = 500
        var removed: Store.CleanedUp
        repeat {
            removed = try await self.store.cleanUp(limit: limit)
            self.counters.add(.blobsRemoved, removed.blobs)
            self.counters.add(.runsRemoved, removed.runs)
            self.counters.add(.tombstonesRemoved, removed.tombstones)
        } while removed.most >= limit && !Task.isShuttingDownGracefully
        while !Task.isShuttingDownGracefully, try await self.store.forgetSupersededStamps() != nil {}
    }
}

/// Flags that all stages have.
package struct StageOptions: Sendable {
    /// Says what would be done and writes nothing.
    package var isDryRun = false
    /// The most items to work on.
    package var limit: Int?
    /// Package names (`acme/site-kit`), or upstream's own; empty is everything.
    package var packages: [String] = []
    /// Only rows that this run touched.
    package var run: RunID?
    /// Work on rows that are not due, and do again what looks unchanged; overrides guards.
    package var isForced = false
    package var concurrency: Int?

    package init() {}
}

/// Counts down from `--limit`, shared by the tasks of a run.
actor WorkBudget {
    private var left: Int

    init(_ limit: Int?) { self.left = limit ?? .max }

    /// Takes up to `count` items out of the budget.
    func take(_ count: Int) -> Int {
        let taken = min(count, self.left)
        self.left -= taken
        return taken
    }

    func giveBack(_ count: Int) { if self.left < .max { self.left += count } }
}
