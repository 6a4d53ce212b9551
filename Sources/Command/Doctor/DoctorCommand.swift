import ArgumentParser
import Foundation
import Pipeline

/// `packline doctor`: what is not as it should be, each with its remedy.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look whether settings, database, bucket, upstreams and clocks are as they should be.",
        discussion: """
            One line for each check on standard output: ok, warning, failed, or skipped
            because of another; below it the remedy. Nothing is changed but a probe
            below .packline/ in the bucket, which is removed again; no database is made
            or migrated.

                packline doctor
                packline doctor --json --strict

            Exit status: 0 nothing has failed; 1 something has (with --strict: or is a
            warning); 64 bad flag. A bad setting is a failed check.
            """
    )

    @Option(help: ArgumentHelp("The database: sqlite:PATH or postgres://USER@HOST/DATABASE.", valueName: "url"))
    var database: String?

    @OptionGroup var storage: BucketOptions

    @Option(help: ArgumentHelp("How long each check may take: 10s.", valueName: "duration"))
    var timeout = "10s"

    @Flag(help: "Warnings count as failures.")
    var strict = false

    @Flag(help: "Print JSON.")
    var json = false

    mutating func validate() throws {
        guard let limit = CommonOptions.duration(self.timeout), limit <= .seconds(600) else {
            throw ValidationError("--timeout is '\(self.timeout)'; it takes a duration such as 10s, up to 10m")
        }
    }

    /// How wide the terminal is; what goes elsewhere has 80 columns.
    private static var columns: Int {
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? max(20, Int(size.ws_col)) : 80
    }

    func run() async throws {
        var overrides = self.storage.settings
        if let database { overrides["PACKLINE_DATABASE_URL"] = database }
        // Findings are told on standard output, and nothing twice.
        var settings = Settings()
        settings.logLevel = "critical"
        let doctor = Doctor(
            environment: ProcessInfo.processInfo.environment,
            overrides: overrides,
            limit: CommonOptions.duration(self.timeout) ?? .seconds(10),
            logger: LoggingOptions.logger("doctor", settings)
        )
        let report = await doctor.report()
        print(self.json ? try StatusCommand.json(report) : report.text(width: min(80, Self.columns)))
        let isWell = report.status == .ok || report.status == .warning && !self.strict
        if !isWell { throw StageExit.failed.code }
    }
}
