import Foundation
package import Logging
import Synchronization

/// Shows how far a stage is: a bar on a terminal, one log line per batch elsewhere.
package final class Progress: Sendable {
    private struct State {
        var done = 0
        var total: Int?
        var lastDrawn: ContinuousClock.Instant?
    }

    private let stage: String
    private let logger: Logger
    private let isTerminal: Bool
    private let started = ContinuousClock.now
    private let state: Mutex<State>

    /// - Parameters:
    ///   - total: Items that are expected, where that is known.
    ///   - isTerminal: Whether standard error is one.
    package init(stage: String, total: Int?, isTerminal: Bool, logger: Logger) {
        self.stage = stage
        self.logger = logger
        self.isTerminal = isTerminal
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
        guard self.isTerminal else {
            let rate = Self.rate(done, self.started.duration(to: now))
            let progress: Logger.Metadata = ["done": "\(done)", "per_second": "\(rate)"]
            self.logger.info("batch finished", metadata: progress.merging(metadata) { $1 })
            return
        }
        if draws {
            self.write(Self.line(self.stage, done: done, total: total, elapsed: self.started.duration(to: now)))
        }
    }

    /// Clears the bar.
    package func finish() {
        guard self.isTerminal, self.state.withLock({ $0.lastDrawn != nil }) else { return }
        self.write("\r\u{1B}[K")
    }

    /// A bar such as `update   [########········] 4,512/73,431  5,012/s  0:13 left`.
    static func line(_ stage: String, done: Int, total: Int?, elapsed: Duration) -> String {
        let rate = self.rate(done, elapsed)
        var line = "\r\u{1B}[K\(stage)  "
        if let total, total > 0 {
            let width = 24
            let filled = min(width, done * width / total)
            line += "[" + String(repeating: "#", count: filled) + String(repeating: "·", count: width - filled) + "] "
            line += "\(done.grouped)/\(total.grouped)  \(rate.grouped)/s"
            if rate > 0, total > done {
                let seconds = (total - done) / rate
                let remainder = seconds % 60
                line += "  \(seconds / 60):\(remainder < 10 ? "0" : "")\(remainder) left"
            }
        } else {
            line += "\(done.grouped)  \(rate.grouped)/s"
        }
        return line
    }

    private static func rate(_ done: Int, _ elapsed: Duration) -> Int {
        let seconds = elapsed / .seconds(1)
        return seconds > 0.001 ? Int(Double(done) / seconds) : 0
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

extension Int {
    /// With a comma between thousands, whatever the locale.
    package var grouped: String {
        var digits = String(self.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(digits, at: 0)
        return (self < 0 ? "-" : "") + groups.joined(separator: ",")
    }
}
