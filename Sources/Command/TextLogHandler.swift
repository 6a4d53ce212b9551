import Foundation
package import Logging
import Pipeline

/// Writes one line for people to standard error: `2026-01-31T12:00:00Z error sync: run finished  run=7 error="…"`.
package struct TextLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.info
    private let label: String

    package init(label: String) { self.label = label }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = self.metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        let level = Terminal.hasColours ? Self.coloured(event.level) : event.level.rawValue
        let line = Self.line(Date(), level, self.label, "\(event.message)", fields)
        // A bar may stand there. One write a line, so that lines of several threads don't mix.
        Terminal.write((Terminal.isScreen ? Pipeline.Progress.clearedLine : "") + line + "\n")
    }

    static func line(
        _ date: Date,
        _ level: String,
        _ label: String,
        _ message: String,
        _ fields: [String: String]
    ) -> String {
        // What went wrong is the longest: it comes last.
        let keys = fields.keys.sorted { ($0 == "error" ? 1 : 0, $0) < ($1 == "error" ? 1 : 0, $1) }
        let words = keys.map { "\($0)=\(self.word(fields[$0] ?? ""))" }
        let head = "\(date.ISO8601Format()) \(level) \(label): \(message)"
        return words.isEmpty ? head : "\(head)  \(words.joined(separator: " "))"
    }

    /// A value as one word, or in quotation marks; what comes from outside makes no line of its own.
    private static func word(_ value: String) -> String {
        let isWord =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && $0.properties.generalCategory != .control }
        if isWord { return value }
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            default:
                let isControl = scalar.properties.generalCategory == .control
                text += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
            }
        }
        return text + "\""
    }

    private static func coloured(_ level: Logger.Level) -> String {
        let colour: Int? =
            switch level {
            case .error, .critical: 31
            case .warning: 33
            case .trace, .debug: 2
            case .info, .notice: nil
            }
        return colour.map { "\u{1B}[\($0)m\(level.rawValue)\u{1B}[0m" } ?? level.rawValue
    }
}
