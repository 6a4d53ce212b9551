import ArgumentParser
import Facts
import Foundation
import Pipeline
import Store

/// `packline who NAME`: whose a name is, why, and which sources have it.
struct WhoCommand: Verb {
    static let help = VerbHelp(
        examples: ["who wp-plugin/akismet", "who --shared"],
        refuses: "a flag or setting that is none; no name and no --shared, or both",
        exits: [(1, "no source owns the name or has it; or the database can't be read")]
    )

    static let configuration = described(
        "who",
        "Show which source owns a name and why, or the names that several sources have."
    )

    @Argument(help: ArgumentHelp("The name of a package, such as acme/site-kit.", valueName: "name"))
    var name: String?

    @Flag(help: "Show the names that several sources have, a page at a time.")
    var shared = false

    @Option(help: ArgumentHelp("With --shared: what the page before ended with.", valueName: "name"))
    var after: String?

    @Option(help: "With --shared: the most names on a page.")
    var limit = 100

    @Option(help: ArgumentHelp("The database: sqlite:PATH or postgres://...", valueName: "url"))
    var database: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var logging: LoggingOptions

    mutating func validate() throws {
        if (self.name != nil) == self.shared {
            throw ValidationError("it takes the name of a package, such as acme/site-kit, or --shared")
        }
        if let name, name.split(separator: "/", omittingEmptySubsequences: false).count != 2 {
            throw ValidationError("'\(name)' is no name of a package; it takes one such as acme/site-kit")
        }
        if !(1...10_000).contains(self.limit) {
            throw ValidationError("--limit is \(self.limit); it takes a whole number from 1 to 10000")
        }
        if self.after != nil, !self.shared { throw ValidationError("--after goes with --shared") }
    }

    func run() async throws {
        let settings = try self.logging.settings(self.database.map { ["PACKLINE_DATABASE_URL": $0] } ?? [:])
        var isKnown = true
        do {
            let store = try await Store.openForReading(url: settings.databaseURL)
            let sources = settings.stages.owning
            if let name {
                let report = try await store.report(onName: name, of: sources)
                Terminal.print(
                    self.json ? try StatusCommand.json(report) : Terminal.forOutput(WhoText(report: report).text)
                )
                isKnown = report.owner != nil
            } else {
                let (names, next) = try await store.sharedNames(of: sources, after: self.after, limit: self.limit)
                Terminal.print(
                    self.json
                        ? try StatusCommand.json(SharedNames(names: names, next: next))
                        : Terminal.forOutput(WhoText.text(ofShared: names, next: next))
                )
            }
        } catch {
            throw StageExit.failed.saying(error)
        }
        if !isKnown { throw ExitCode(1) }
    }

    private struct SharedNames: Encodable {
        var names: [NameReport]
        var next: String?
    }
}

/// The same for people.
struct WhoText {
    let report: NameReport

    var text: String {
        let report = self.report
        var lines = [report.name]
        if let owner = report.owner, let why = report.why(StatusText.time) {
            lines.append("  owner      \(owner): \(why)")
        } else {
            lines.append("  owner      nobody: no source owns its vendor, or has it")
        }
        let holders = report.holders.map { "\($0.source) (\($0.state.rawValue))" }
        lines.append("  has it     \(holders.isEmpty ? "no source that is known" : holders.joined(separator: ", "))")
        lines.append("  published  \(report.published ?? "nothing")")
        return lines.joined(separator: "\n")
    }

    static func text(ofShared names: [NameReport], next: String?) -> String {
        var parts = names.map { WhoText(report: $0).text }
        if parts.isEmpty { parts.append("no name is known of several sources") }
        if let next { parts.append("more: packline who --shared --after \(next)") }
        return parts.joined(separator: "\n")
    }
}
