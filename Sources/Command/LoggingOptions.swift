package import ArgumentParser
import Foundation
package import Logging
import Pipeline

/// How a process logs.
package struct LoggingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("text or json.", valueName: "format"))
    package var logFormat: String?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    package var logLevel: String?

    @Flag(name: [.customShort("q"), .long], help: "Only warnings and errors: no bar, no summary.")
    package var quiet = false

    package init() {}

    /// - Throws: `ExitCode` 64 after saying every bad value.
    package func settings(_ overrides: [String: String] = [:], isServing: Bool = false) throws -> Settings {
        var overrides = overrides
        if let logFormat { overrides["PACKLINE_LOG_FORMAT"] = logFormat }
        if let logLevel { overrides["PACKLINE_LOG_LEVEL"] = logLevel }
        do {
            var settings = try Settings(
                environment: ProcessInfo.processInfo.environment,
                overrides: overrides,
                isServing: isServing
            )
            // Who names a level as well wants that one.
            let level = Logger.Level(rawValue: settings.logLevel) ?? .info
            if self.quiet, self.logLevel == nil, level < .warning { settings.logLevel = Logger.Level.warning.rawValue }
            return settings
        } catch {
            throw StageExit.badSetting.saying(error)
        }
    }

    package static func logger(_ label: String, _ settings: Settings) -> Logger {
        var logger = Logger(label: label) { label in
            switch settings.logFormat {
            case .text: TextLogHandler(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        logger.logLevel = Logger.Level(rawValue: settings.logLevel) ?? .info
        return logger
    }
}
