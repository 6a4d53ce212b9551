import ArgumentParser
import Foundation
import Pipeline

/// `packline doctor`: what is not as it should be, each with its remedy.
struct DoctorCommand: Verb {
    static let help = VerbHelp(
        about: [
            "One line for each check on standard output: ok, warning, failed, or skipped because of another; below it the remedy. Nothing is changed but a probe below .packline/ in the bucket, which is removed again; no database is made or migrated. A bad setting is a failed check."
        ],
        examples: [
            "doctor",
            "doctor --json --strict",
        ],
        refuses: "a flag that is none",
        exits: [
            (1, "something has failed; with --strict: or is a warning")
        ]
    )

    static let configuration = described(
        "doctor",
        "Look whether settings, database, bucket, upstreams and clocks are as they should be."
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

    @Flag(name: [.customShort("q"), .long], help: "Only what is not ok.")
    var quiet = false

    mutating func validate() throws {
        guard let limit = CommonOptions.duration(self.timeout), limit <= .seconds(600) else {
            throw ValidationError("--timeout is '\(self.timeout)'; it takes a duration such as 10s, up to 10m")
        }
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
        var report = await doctor.report()
        if self.quiet { report.findings.removeAll { $0.status == .ok } }
        let text = Terminal.plain(report.text(width: max(20, min(80, Terminal.columns(STDOUT_FILENO)))))
        if self.json { Terminal.print(try StatusCommand.json(report)) } else if !text.isEmpty { Terminal.print(text) }
        let isWell = report.status == .ok || report.status == .warning && !self.strict
        if !isWell { throw StageExit.failed.code }
    }
}
