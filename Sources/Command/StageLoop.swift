import Logging
import Pipeline
import ServiceLifecycle
import Synchronization
import UnixSignals

/// How a run of a stage ended, and what there is a use in after it.
struct StageEnd {
    enum After { case nextStage, nextRound, nothing }

    var exit: StageExit
    var after: After
}

/// Stages as a process, one after the other: signals, the loop of `--every`, the exit status.
final class StageLoop: Service {
    typealias Step = (runner: StageRunner, work: StageRunner.Work)

    private let steps: [Step]
    private let every: Duration?
    private let result = Mutex<StageExit?>(nil)

    init(_ steps: [Step], every: Duration?) {
        self.steps = steps
        self.every = every
    }

    /// Runs until the work is done, or with `--every` until SIGTERM.
    ///
    /// After SIGTERM or SIGINT a stage takes no more work, finishes what it holds and returns its leases, and none begins
    /// after it; after 20 s it is cancelled. A second signal ends the process at once.
    ///
    /// - Returns: How the worst stage of the last round ended.
    func untilDone() async -> StageExit {
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(
                    service: self,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "lifecycle", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        configuration.maximumGracefulShutdownDuration = .seconds(20)
        let interruption = self.steps.first.map { step in
            Interruption(
                step.runner.logger,
                isScreen: step.runner.presentation.isScreen,
                waits: "what is under way is finished, within 20 s"
            )
        }
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            if self.exit == nil { self.steps.first?.runner.say(error) }
        }
        let exit = self.exit ?? .failed
        return exit == .terminated && interruption?.isFromKeyboard == true ? .interrupted : exit
    }

    /// The stages as a service, so that signals reach them as a shutdown.
    func run() async throws {
        while true {
            let (exit, mayGoOn) = await self.round()
            self.result.withLock { $0 = exit }
            guard let every, mayGoOn else { return }
            if Task.isShuttingDownGracefully { break }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: every) }
            if Task.isShuttingDownGracefully { break }
        }
        self.result.withLock { $0 = .terminated }
    }

    var exit: StageExit? { self.result.withLock { $0 } }

    /// Every stage once, whatever became of the one before: what is known is updated, what is derived is published.
    ///
    /// The database is opened once for all: to open and to close it takes as long as a stage that finds nothing to do.
    ///
    /// - Returns: How the worst of them ended, and whether there is a use in another round.
    func round() async -> (exit: StageExit, mayGoOn: Bool) {
        guard let first = self.steps.first else { return (.done, false) }
        var worst = StageExit.done
        do {
            let store = try await first.runner.openStore()
            for step in self.steps {
                if Task.isShuttingDownGracefully { return (.terminated, false) }
                let end = await step.runner.once(step.work, store)
                worst = max(worst, end.exit)
                if end.after == .nothing { return (worst, false) }
                if end.after == .nextRound { break }
            }
        } catch {
            let end = first.runner.end(withoutDatabase: error)
            return (end.exit, end.after == .nextRound)
        }
        return (worst, true)
    }
}
