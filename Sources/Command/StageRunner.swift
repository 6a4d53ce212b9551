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
    let presentation: Presentation
    private let current: CurrentSettings

    package init(stage: Stage, settings: Settings, options: StageOptions, every: Duration?, logger: Logger) {
        let presentation = Presentation(format: .json, isQuiet: false, hasProgress: true)
        self.init(
            stage: stage,
            settings: settings,
            options: options,
            every: every,
            presentation: presentation,
            logger: logger
        )
    }

    init(
        stage: Stage,
        settings: Settings,
        options: StageOptions,
        every: Duration?,
        presentation: Presentation,
        logger: Logger
    ) {
        self.presentation = presentation
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

    /// The database.
    ///
    /// A dry run writes nothing: it makes none, and migrates none.
    func openStore() async throws -> Store {
        let url = self.settings.databaseURL
        return self.options.isDryRun
            ? try await Store.openForReading(url: url) : try await Store.open(url: url, logger: self.logger)
    }

    /// One run, from its row's beginning to its end.
    func once(_ work: @escaping Work, _ store: Store) async -> StageEnd {
        do {
            let exit = try await self.exit(of: work, store)
            // What was misspelt is so for the other stages and the next time.
            return StageEnd(exit: exit, after: exit == .badSetting ? .nothing : .nextStage)
        } catch {
            return self.end(withoutDatabase: error)
        }
    }

    /// Says why, and that the other stages would say the same.
    func end(withoutDatabase error: any Error) -> StageEnd {
        self.say(error)
        let isForGood = (error as? StoreError)?.wantsNewerBuild == true
        return StageEnd(exit: .failed, after: isForGood ? .nothing : .nextRound)
    }

    private func exit(of work: @escaping Work, _ store: Store) async throws -> StageExit {
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
            progress: Progress(
                stage: self.stage.rawValue,
                total: nil,
                style: self.presentation.progress,
                logger: logger
            ),
            logger: logger
        )
        let outcome = await self.outcome(of: work, context)
        context.progress.finish()
        if let run {
            // In a task of its own: a run that was cancelled still says how it ended.
            try await Task {
                // A flag that was misspelt is no run that failed: nothing was done in it.
                if outcome.exit == .badSetting { return try await store.withdrawRun(run) }
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
        let summary = Summary(stage: self.stage, outcome: outcome, run: run, elapsed: elapsed)
        switch self.presentation.end(of: outcome.exit, isDry: run == nil) {
        case _ where outcome.exit == .badSetting: self.say(outcome.error ?? "refused")
        case .log: self.report(outcome, elapsed: elapsed, logger)
        case .summary: Terminal.write(Terminal.forErrors(summary.text))
        case .output: Terminal.print(Terminal.forOutput(summary.text), terminator: "")
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

    private func report(_ outcome: StageOutcome, elapsed: Duration, _ logger: Logger) {
        var metadata: Logger.Metadata = [
            "stage": "\(self.stage.rawValue)", "status": "\(outcome.exit.status.rawValue)",
            "milliseconds": "\(elapsed.inMilliseconds)",
        ]
        for (name, count) in outcome.counters where count != 0 { metadata[name.rawValue] = "\(count)" }
        if let error = outcome.error { metadata["error"] = "\(error)" }
        if outcome.exit == .done {
            logger.info("run finished", metadata: metadata)
        } else {
            logger.error("run finished", metadata: metadata)
        }
        for note in outcome.notes { logger.info("note", metadata: ["note": "\(note)"]) }
    }

    /// What kept a run from being made; it needs neither time nor level before people.
    func say(_ error: any Error) { self.say("\(error)") }

    private func say(_ error: String) {
        if self.presentation.isScreen {
            return Terminal.write(Terminal.forErrors("\(error)\n"))
        }
        self.logger.error("stopped", metadata: ["error": "\(error)"])
    }

    private static var workerName: String {
        "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)"
    }
}
