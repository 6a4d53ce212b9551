import AsyncHTTPClient
import Facts
import Foundation
package import Logging
import NIOPosix
package import Pipeline
import Resilience
import ServiceLifecycle
package import Store
import Synchronization
import UnixSignals

/// Runs a stage: its row in `pipeline_runs`, its beats, the summary.
package struct StageRunner: Sendable {
    package typealias Work = @Sendable (StageContext) async throws -> StageOutcome

    let stage: Stage
    let settings: Settings
    let options: StageOptions
    let every: Duration?
    let logger: Logger
    private let current: CurrentSettings
    private let isTerminal = isatty(STDERR_FILENO) == 1

    package init(stage: Stage, settings: Settings, options: StageOptions, every: Duration?, logger: Logger) {
        self.stage = stage
        self.settings = settings
        self.current = CurrentSettings(settings.stages)
        self.options = options
        self.every = every
        self.logger = logger
    }

    /// Runs the stage by itself, as ``StageLoop`` says.
    package func run(_ work: @escaping Work) async -> StageExit {
        await StageLoop([(self, work)], every: self.every).untilDone()
    }

    /// One run, from its row's beginning to its end.
    ///
    /// - Returns: How it ended, and whether there is a use in another one.
    func once(_ work: @escaping Work) async -> (exit: StageExit, mayGoOn: Bool) {
        do {
            let url = self.settings.databaseURL
            // A dry run writes nothing: it makes no database, and migrates none.
            let store =
                self.options.isDryRun
                ? try await Store.openForReading(url: url) : try await Store.open(url: url, logger: self.logger)
            return (try await self.once(work, store), true)
        } catch {
            self.say(error)
            return (.failed, (error as? StoreError)?.wantsNewerBuild != true)
        }
    }

    private func once(_ work: @escaping Work, _ store: Store) async throws -> StageExit {
        let started = ContinuousClock.now
        let run =
            self.options.isDryRun
            ? nil : try await store.beginRun(self.stage, worker: Self.workerName, version: PacklineVersion.current)
        var logger = self.logger
        if let run { logger[metadataKey: "run"] = "\(run)" }
        let context = StageContext(
            store: store,
            settings: try await self.current.reread(logger).settled(in: store),
            options: self.options,
            run: run,
            progress: Progress(stage: self.stage.rawValue, total: nil, isTerminal: self.isTerminal, logger: logger),
            logger: logger
        )
        let outcome = await self.outcome(of: work, context)
        context.progress.finish()
        if let run {
            // In a task of its own: a run that was cancelled still says how it ended.
            try await Task {
                try await store.finishRun(
                    run,
                    as: outcome.exit.status,
                    consumed: Array(outcome.consumed),
                    counters: outcome.counters,
                    error: outcome.error
                )
            }.value
        }
        let elapsed = started.duration(to: .now)
        self.report(outcome, run: run, elapsed: elapsed, logger)
        if self.isTerminal || self.options.isDryRun {
            let failures = outcome.exit == .partial ? try await store.failures(limit: 5) : []
            Summary(stage: self.stage, outcome: outcome, run: run, elapsed: elapsed, failures: failures).print()
        }
        return outcome.exit
    }

    /// What the work came to, whatever it threw; the run says that it is alive meanwhile.
    private func outcome(of work: @escaping Work, _ context: StageContext) async -> StageOutcome {
        do {
            return try await withThrowingTaskGroup(of: StageOutcome?.self) { group in
                group.addTask { try await work(context) }
                group.addTask {
                    // Three times within a lease, so that one late beat does not lose it.
                    let interval = Duration.milliseconds(min(30_000, self.settings.stages.leaseMilliseconds / 3))
                    while !Task.isCancelled {
                        try? await Task.sleep(for: interval)
                        guard let run = context.run, !Task.isCancelled else { continue }
                        try await context.store.heartbeat(run: run, counters: context.counters.snapshot)
                        try await context.store.renewLeases(
                            run: run,
                            leaseMilliseconds: self.settings.stages.leaseMilliseconds
                        )
                    }
                    return nil
                }
                defer { group.cancelAll() }
                while let result = try await group.next() {
                    if let result { return result }
                }
                throw CancellationError()
            }
        } catch {
            let counters = context.counters
            let exit: StageExit =
                switch error {
                case is CancellationError where Task.isShuttingDownGracefully: .terminated
                case is GuardRefusal: .refused
                case is InvalidSettings: .badSetting
                default: .failed
                }
            return StageOutcome(
                exit: exit,
                counters: counters.snapshot,
                consumed: counters.consumed,
                error: "\(error)"
            )
        }
    }

    private func report(_ outcome: StageOutcome, run: RunID?, elapsed: Duration, _ logger: Logger) {
        var metadata: Logger.Metadata = [
            "stage": "\(self.stage.rawValue)", "status": "\(outcome.exit.status.rawValue)",
            "milliseconds": "\(elapsed.inMilliseconds)",
        ]
        for (name, count) in outcome.counters where count != 0 { metadata[name.rawValue] = "\(count)" }
        if let error = outcome.error { metadata["error"] = "\(error)" }
        if outcome.exit == .done {
            // On a terminal the summary says it.
            logger.log(level: self.isTerminal ? .debug : .info, "run finished", metadata: metadata)
        } else {
            logger.error("run finished", metadata: metadata)
        }
        if !self.isTerminal { for note in outcome.notes { logger.info("note", metadata: ["note": "\(note)"]) } }
    }

    func say(_ error: any Error) { self.logger.error("stopped", metadata: ["error": "\(error)"]) }

    private static var workerName: String {
        "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)"
    }
}
