package import ArgumentParser
package import Facts
import Foundation
package import Pipeline
package import Store
import Upstream

/// Flags that all stages have.
///
/// A flag wins over its environment variable.
package struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The database: sqlite:PATH or postgres://...", valueName: "url"))
    package var database: String?

    @Flag(help: "Say what would be done; write nothing.")
    package var dryRun = false

    @Option(help: ArgumentHelp("The most items to work on.", valueName: "number"))
    package var limit: Int?

    @Option(
        name: .customLong("package"),
        help: ArgumentHelp("Only this package, by name or key. May be repeated.", valueName: "name")
    )
    package var packages: [String] = []

    @Option(name: .customLong("run"), help: ArgumentHelp("Only rows that this run touched.", valueName: "id"))
    package var runID: RunID?

    @Flag(help: "Do again what is not due or looks unchanged, and override guards.")
    package var force = false

    @Option(
        help: ArgumentHelp("Run again and again until SIGTERM, waiting this long: 30s, 15m, 2h.", valueName: "duration")
    )
    package var every: String?

    @Option(help: ArgumentHelp("How much is done at once.", valueName: "number"))
    package var concurrency: Int?

    @Flag(help: "No bar on a terminal, and no line per batch elsewhere.")
    package var noProgress = false

    @OptionGroup package var logging: LoggingOptions

    package init() {}

    package mutating func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is \(limit); it takes a whole number from 1") }
        if let concurrency, !(1...1_000).contains(concurrency) {
            throw ValidationError("--concurrency is \(concurrency); it takes a whole number from 1 to 1000")
        }
        if let every, Self.duration(every) == nil {
            throw ValidationError(
                "--every is '\(every)'; it takes a number with a unit, such as 30s, 15m or 2h, up to 365d"
            )
        }
        if self.packages.contains(where: \.trimmed.isEmpty) {
            throw ValidationError(Self.emptyPackage)
        }
    }

    static let emptyPackage = "--package is empty; it takes a key, or a name such as acme/site-kit"

    package var stageOptions: StageOptions {
        var options = StageOptions()
        options.isDryRun = self.dryRun
        options.limit = self.limit
        options.packages = self.packages
        options.run = self.runID
        options.isForced = self.force
        options.concurrency = self.concurrency
        return options
    }

    /// The settings of the environment with these flags over them.
    ///
    /// - Throws: `ExitCode` 64 after saying every bad value.
    package func settings(_ overrides: [String: String] = [:]) throws -> Settings {
        var overrides = overrides
        if let database { overrides["PACKLINE_DATABASE_URL"] = database }
        return try self.logging.settings(overrides)
    }

    /// How long `--every` waits.
    var interval: Duration? { self.every.flatMap(Self.duration) }

    /// How many objects go to or come from the bucket at once.
    var transfers: Int { self.concurrency ?? 64 }

    package func runner(_ stage: Stage, _ settings: Settings) -> StageRunner {
        StageRunner(
            stage: stage,
            settings: settings,
            options: self.stageOptions,
            every: self.interval,
            presentation: Presentation(
                format: settings.logFormat,
                isQuiet: self.logging.quiet,
                hasProgress: !self.noProgress
            ),
            logger: LoggingOptions.logger(stage.rawValue, settings)
        )
    }

    /// `90s`, `15m`, `2h` or `1d`, at most a year; nil for a number alone, which some would take for minutes.
    package static func duration(_ text: String) -> Duration? {
        text.last?.isNumber == true ? nil : SettingsSection.seconds(text).map { .seconds($0) }
    }
}

extension RunID: ExpressibleByArgument {}
