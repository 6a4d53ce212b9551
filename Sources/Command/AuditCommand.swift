import ArgumentParser
import Facts
import Pipeline
import Store

/// `packline audit composer.lock`: what the database knows against the versions of a project.
struct AuditCommand: Verb {
    static let help = VerbHelp(
        about: [
            "Nothing is asked upstream: it goes by the feeds of PACKLINE_ADVISORY_FEEDS as discover has taken them in."
        ],
        examples: ["audit composer.lock", "audit --no-dev --json"],
        refuses: "a flag or setting that is none; settings without a feed",
        exits: [
            (1, "a file is no lock file, the database can't be read, or no feed was read yet"),
            (2, "affected versions were found; with --closed, closed packages too"),
        ]
    )

    static let configuration = described(
        "audit",
        "Look for vulnerable versions in composer.lock, in what the database knows."
    )

    @Argument(help: ArgumentHelp("Lock files of projects.", valueName: "composer.lock"))
    var files = ["composer.lock"]

    @Flag(help: "Leave out what is needed for development only.")
    var noDev = false

    @Flag(help: "Closed packages count as found.")
    var closed = false

    @Option(help: ArgumentHelp("The database: sqlite:PATH or postgres://...", valueName: "url"))
    var database: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let settings = try self.logging.settings(self.database.map { ["PACKLINE_DATABASE_URL": $0] } ?? [:])
        let report = try await self.report(settings)
        Terminal.print(self.json ? try StatusCommand.json(report) : Terminal.forOutput(report.text))
        if report.isFound(countsClosed: self.closed) { throw ExitCode(2) }
    }

    /// - Throws: `ExitCode` after saying what is wrong.
    func report(_ settings: Settings) async throws -> AuditReport {
        let feeds = settings.stages.advisories.feeds.map(\.name)
        guard !feeds.isEmpty else {
            throw StageExit.badSetting.saying(
                InvalidSettings(problems: [
                    "there is no feed to audit by: name some in PACKLINE_ADVISORY_FEEDS, and run discover"
                ])
            )
        }
        do {
            let store = try await Store.openForReading(url: settings.databaseURL)
            let states = try await store.advisoryFeeds().filter { feeds.contains(SourceName($0.name)) }
            guard states.contains(where: { $0.readAtMilliseconds != nil }) else {
                throw AuditFailure(description: "none of the feeds was read yet: run discover, and look at its log")
            }
            var findings: [AuditReport.Project] = []
            for file in self.files {
                let lock = try LockedPackages(file: file, withDev: !self.noDev)
                findings.append(try await AuditReport.Project(lock, of: file, store, feeds))
            }
            return AuditReport(feeds: feeds.map { AuditReport.Feed($0, states) }, projects: findings)
        } catch {
            throw StageExit.failed.saying(error)
        }
    }
}

struct AuditFailure: Error, CustomStringConvertible {
    var description: String
}
