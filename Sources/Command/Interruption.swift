import Dispatch
import Foundation
import Logging
import Synchronization

/// Answers SIGINT (Ctrl-C) and SIGTERM at once: the first one says what it waits for, a second one ends the process.
///
/// What the first one sets going is the service group's. Ending at once is as safe as any kill: leases run out by
/// themselves, and what was not stamped is done again.
final class Interruption: Sendable {
    /// The first signal that came; 0 before.
    private let first = Mutex<Int32>(0)
    /// Touched by init and deinit alone.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    /// - Parameters:
    ///   - isScreen: Whether it is said to a person, rather than to the log.
    ///   - waits: What the process does until it ends.
    init(_ logger: Logger, isScreen: Bool, waits: String) {
        let queue = DispatchQueue(label: "interruption")
        let signals = [SIGINT, SIGTERM]
        self.sources = signals.map {
            signal($0, SIG_IGN); return DispatchSource.makeSignalSource(signal: $0, queue: queue)
        }
        for (number, source) in zip(signals, self.sources) {
            source.setEventHandler { [weak self] in
                guard let self else { return }
                let isFirst = self.first.withLock { first in
                    defer { if first == 0 { first = number } }
                    return first == 0
                }
                // Nothing is flushed or closed: whatever holds the process up must not hold this up.
                guard isFirst else { _exit(128 + number) }
                if isScreen {
                    let text = "stopping: \(waits); Ctrl-C again ends it now\n"
                    let columns = Terminal.columns(STDERR_FILENO)
                    Terminal.write(Self.clearedLine + Terminal.folded(text, columns: columns))
                } else {
                    logger.notice("stopping", metadata: ["waits": "\(waits)", "again": "ends it now"])
                }
            }
            source.resume()
        }
    }

    deinit { for source in self.sources { source.cancel() } }

    /// Whether the first signal was SIGINT.
    var isFromKeyboard: Bool { self.first.withLock { $0 == SIGINT } }

    private static let clearedLine = "\r\u{1B}[K"
}
