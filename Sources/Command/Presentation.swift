import Foundation
import Pipeline

/// What a run shows of itself beside its result: a bar and a summary on a terminal, lines of the log elsewhere.
///
/// Each thing is said once: what the summary says, the log does not say too.
struct Presentation: Sendable {
    /// A screen for people: text that can be cleared.
    var isScreen = false
    var hasProgress = true
    var isQuiet = false

    /// - Parameter format: JSON is for programs, on a terminal too.
    init(format: LogFormat, isScreen: Bool = Terminal.isScreen, isQuiet: Bool, hasProgress: Bool) {
        self.isScreen = isScreen && format == .text
        self.isQuiet = isQuiet
        self.hasProgress = hasProgress && !isQuiet
    }

    var progress: Pipeline.Progress.Style {
        if !self.hasProgress { return .nothing }
        guard self.isScreen else { return .lines }
        return .bar(columns: { Terminal.columns(STDERR_FILENO) }, write: Terminal.write)
    }

    /// Where a run's end is told.
    enum End { case log, summary, output }

    /// - Parameter isDry: What a dry run says is a result.
    func end(of exit: StageExit, isDry: Bool) -> End {
        if isDry { return exit == .done ? .output : .log }
        return self.isScreen && !(self.isQuiet && exit == .done) ? .summary : .log
    }
}
