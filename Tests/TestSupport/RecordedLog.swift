package import Logging
import Synchronization

/// Keeps what is logged.
package final class RecordedLog: LogHandler, Sendable {
    private let kept = Mutex<[String]>([])

    package init() {}

    /// Each message with its metadata.
    package var lines: [String] { self.kept.withLock { $0 } }

    package var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    package var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    package func log(event: LogEvent) {
        self.kept.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}
