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

    package init() {}

    /// - Throws: `ExitCode` 64 after saying every bad value.
    package func settings(_ overrides: [String: String] = [:], isServing: Bool = false) throws -> Settings {
        var overrides = overrides
        if let logFormat { overrides["PACKLINE_LOG_FORMAT"] = logFormat }
        if let logLevel { overrides["PACKLINE_LOG_LEVEL"] = logLevel }
        do {
            return try Settings(
                environment: ProcessInfo.processInfo.environment,
                overrides: overrides,
                isServing: isServing
            )
        } catch {
            throw StageExit.badSetting.saying(error)
        }
    }

    package static func logger(_ label: String, _ settings: Settings) -> Logger {
        var logger = Logger(label: label) { label in
            switch settings.logFormat {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
        logger.logLevel = Logger.Level(rawValue: settings.logLevel) ?? .info
        return logger
    }
}
