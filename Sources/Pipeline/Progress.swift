package import Logging
import Synchronization

/// Shows how far a stage is: a bar on a terminal, one log line per batch elsewhere, or nothing.
package final class Progress: Sendable {
    /// Where and how it is shown.
    package enum Style: Sendable {
        /// - Parameters:
        ///   - columns: How many the terminal has; asked for each time, because windows change.
        ///   - write: Puts a text there.
        case bar(columns: @Sendable () -> Int, write: @Sendable (String) -> Void)
        /// A line of the log for each batch.
        case lines
        case nothing
    }

    private struct State {
        var done = 0
        var total: Int?
        var lastDrawn: ContinuousClock.Instant?
    }

    /// To the beginning of the line, and clears it.
    package static let clearedLine = "\r\u{1B}[K"

    private let stage: String
    private let logger: Logger
    private let style: Style
    private let started = ContinuousClock.now
    private let state: Mutex<State>

    /// - Parameter total: Items that are expected, where that is known.
    package init(stage: String, total: Int?, style: Style, logger: Logger) {
        self.stage = stage
        self.logger = logger
        self.style = style
        self.state = Mutex(State(total: total))
    }

    package func expect(_ total: Int?) { self.state.withLock { $0.total = total } }

    /// Counts `count` more items as done, and says so.
    package func advance(by count: Int, metadata: Logger.Metadata = [:]) {
        let now = ContinuousClock.now
        let (done, total, draws) = self.state.withLock { state in
            state.done += count
            let draws = state.lastDrawn.map { $0.duration(to: now) >= .milliseconds(100) } ?? true
            if draws { state.lastDrawn = now }
            return (state.done, state.total, draws)
        }
        let bar = ProgressBar(stage: self.stage, done: done, total: total, elapsed: self.started.duration(to: now))
        switch self.style {
        case .bar(let columns, let write): if draws { write(Self.clearedLine + bar.line(columns: columns())) }
        case .lines:
            let progress: Logger.Metadata = ["done": "\(done)", "per_second": "\(bar.rate)"]
            self.logger.info("batch finished", metadata: progress.merging(metadata) { $1 })
        case .nothing: break
        }
    }

    /// Clears the bar.
    package func finish() {
        guard case .bar(_, let write) = self.style, self.state.withLock({ $0.lastDrawn != nil }) else { return }
        write(Self.clearedLine)
    }
}
