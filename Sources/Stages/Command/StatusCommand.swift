package import ArgumentParser
import Foundation
import Store

/// `discover status`, `update status`, `sync status`: what is due, dirty and failed, and the last runs.
package struct StatusCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what is due, dirty and failed, and the last runs."
    )

    @Option(help: ArgumentHelp("The database: sqlite:PATH or postgres://USER@HOST/DATABASE.", valueName: "url"))
    var database: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var logging: LoggingOptions

    package init() {}

    package func run() async throws {
        let settings = try self.logging.settings(self.database.map { ["PACKLINE_DATABASE_URL": $0] } ?? [:])
        let report: StatusReport
        do {
            let store = try await Store.open(
                url: settings.databaseURL,
                logger: LoggingOptions.logger("status", settings)
            )
            report = try await store.status(failures: 20, runs: 10)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw ExitCode(StageExit.failed.rawValue)
        }
        if self.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            print(StatusText(report: report).text)
        }
    }
}

/// The same report for people.
struct StatusText {
    let report: StatusReport

    var text: String {
        var lines: [String] = []
        for source in self.report.sources {
            let states = source.packages.sorted { $0.key < $1.key }.map { "\($0.value.grouped) \($0.key)" }
            let cursor = source.cursor.map { "at revision \($0)" } ?? "not yet discovered"
            lines.append("\(source.name)  \(cursor), \(source.due.grouped) due; \(states.joined(separator: ", "))")
            if let run = source.leasedBy { lines.append("  run \(run) is at work on it") }
        }
        if self.report.sources.isEmpty { lines.append("nothing discovered yet: run discover") }
        lines.append(
            "documents  \(self.report.liveDocuments.grouped) live, \(self.report.dirtyDocuments.grouped) dirty"
                + " (\(self.report.documentsToDelete.grouped) to delete)"
        )
        lines.append(
            "failing    \(self.report.failingPackages.grouped) packages, \(self.report.failingDocuments.grouped) documents"
        )
        for failure in self.report.failures {
            lines.append("  \(failure.name): \(failure.error)")
            lines.append("    try \(failure.attempts), again at \(Self.time(failure.retryAtMilliseconds))")
        }
        lines.append("database   \((Int(self.report.databaseBytes) / 1_048_576).grouped) MB")
        lines.append("last runs")
        for run in self.report.runs {
            let consumed =
                run.consumed.isEmpty ? "" : " of runs \(run.consumed.map(String.init).joined(separator: ", "))"
            lines.append(
                "  \(run.id)  \(run.stage.rawValue)  \(run.status.rawValue)  \(Self.time(run.startedAtMilliseconds))\(consumed)"
            )
            if let error = run.error { lines.append("     \(error)") }
        }
        return lines.joined(separator: "\n")
    }

    private static func time(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000).ISO8601Format()
    }
}
