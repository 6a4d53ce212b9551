package import ArgumentParser
import Foundation
import Pipeline
import Store

/// `discover status`, `update status`, `sync status`: what is due, dirty and failed, and the last runs.
package struct StatusCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what is due, dirty and failed, and the last runs."
    )

    @Option(help: ArgumentHelp("The database: sqlite:PATH or postgres://USER@HOST/DATABASE.", valueName: "url"))
    var database: String?

    @Option(
        name: .customLong("package"),
        help: "Show the trail of this package, by name or slug: which commit led to which object, by which runs."
    )
    var packages: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var logging: LoggingOptions

    package init() {}

    package func run() async throws {
        let settings = try self.logging.settings(self.database.map { ["PACKLINE_DATABASE_URL": $0] } ?? [:])
        do {
            let store = try await Store.openForReading(url: settings.databaseURL)
            if self.packages.isEmpty {
                let report = try await store.status(failures: 20, runs: 10)
                print(self.json ? try Self.json(report) : StatusText(report: report).text)
            } else {
                let trails = try await self.trails(store, settings)
                print(
                    self.json
                        ? try Self.json(trails)
                        : trails.map { TrailText(trail: $0, settings: settings).text }.joined(separator: "\n\n")
                )
            }
        } catch let error as InvalidSettings {
            throw StageExit.badSetting.saying(error)
        } catch {
            throw StageExit.failed.saying(error)
        }
    }

    private func trails(_ store: Store, _ settings: Settings) async throws -> [Trail] {
        var options = StageOptions()
        options.packages = self.packages
        let (ids, unknown) = try await store.packageIDs(options.selection(settings))
        // A slug without a vendor is looked for in every source.
        if ids.isEmpty {
            throw InvalidSettings(
                problems: unknown.map {
                    "no package '\($0.key)' is known in \($0.source): run discover, or check the name"
                }
            )
        }
        return try await store.trails(packages: ids)
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self)
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
            if source.doubted > 0 { lines.append("  \(source.doubted.grouped) said to be gone, asked about again") }
            if source.held > 0 {
                lines.append(
                    "  \(source.held.grouped) withdrawals held: if upstream is right, run "
                        + "update --confirm-withdrawals \(source.name)"
                )
            }
            if let run = source.leasedBy { lines.append("  run \(run) is at work on it") }
        }
        if self.report.sources.isEmpty { lines.append("nothing discovered yet: run discover") }
        for name in self.report.heldPackages { lines.append("  held: \(name)") }
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

    static func time(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1_000).ISO8601Format()
    }
}
