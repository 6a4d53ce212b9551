package import ArgumentParser
import Facts
import Foundation
import Pipeline
import Site
import Store
import Wire

/// `discover status`, `update status`, `sync status`: what is due, dirty and failed, and the last runs.
package struct StatusCommand: Verb {
    static let help = VerbHelp(
        about: ["Reads the database and changes nothing: not even one that an older version made."],
        examples: ["status", "status --package akismet", "status --json"],
        refuses: "a flag or setting that is none; a package that is not in the database",
        exits: [(1, "the database can't be read, or there is none")]
    )

    package static let configuration = described(
        "status",
        "Show what is due, dirty and failed, and the last runs."
    )

    @Option(help: ArgumentHelp("The database: sqlite:PATH or postgres://...", valueName: "url"))
    var database: String?

    @Option(
        name: .customLong("package"),
        help:
            "Show the trail of this package, by its name or upstream's: which change led to which object, by which runs."
    )
    var packages: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var logging: LoggingOptions

    package init() {}

    package mutating func validate() throws {
        if self.packages.contains(where: \.trimmed.isEmpty) { throw ValidationError(CommonOptions.emptyPackage) }
    }

    package func run() async throws {
        let settings = try self.logging.settings(self.database.map { ["PACKLINE_DATABASE_URL": $0] } ?? [:])
        do {
            let store = try await Store.openForReading(url: settings.databaseURL)
            if self.packages.isEmpty {
                let report = try await store.status(failures: 20, runs: 10)
                let ownership = try await store.ownership(of: settings.stages.owning) { _ in false }
                Terminal.print(
                    self.json
                        ? try Self.json(
                            StatusDocument(
                                report,
                                version: PacklineVersion.current,
                                advisoryFeeds: settings.stages.advisories.feeds.map(\.name)
                            )
                        )
                        : Terminal.forOutput(
                            StatusText(
                                report: report,
                                ownership: ownership,
                                archiveBudgetBytes: settings.stages.archives.budgetBytes
                            ).text
                        )
                )
            } else {
                let trails = try await self.trails(store, settings)
                Terminal.print(
                    self.json
                        ? try Self.json(trails)
                        : Terminal.forOutput(trails.map { TrailText(trail: $0).text }.joined(separator: "\n\n"))
                )
            }
        } catch let error as InvalidSettings {
            throw StageExit.badSetting.saying(error)
        } catch {
            throw StageExit.failed.saying(error)
        }
    }

    private func trails(_ store: Store, _ settings: Settings) async throws -> [PackageTrail] {
        var options = StageOptions()
        options.packages = self.packages
        return try await store.trails(packages: options.packageIDs(settings.stages, in: store) ?? [])
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// The same report for people.
struct StatusText {
    let report: StatusReport
    let ownership: Ownership
    /// Bytes that all archives together may have; nil is any number.
    var archiveBudgetBytes: Int64?

    var text: String {
        var lines: [String] = []
        let (state, census) = (self.report.state, self.report.census)
        for source in state.sources {
            let states = (census.packages[source.name] ?? [:]).sorted { $0.key < $1.key }
            let cursor = source.cursor.map { "at \($0)" } ?? "not yet discovered"
            lines.append(
                "\(source.name)  \(cursor), \(source.due.grouped) due; "
                    + states.map { "\($0.value.grouped) \($0.key)" }.joined(separator: ", ")
            )
            if let offer = source.offer { lines.append("  offers: \(offer)") }
            if source.required + source.unneeded > 0 {
                let wanted = states.reduce(0) { $0 + $1.value } - source.unneeded
                lines.append(
                    "  \(wanted.counted("name is", "names are")) wanted, \(source.required.grouped) of them because others require them; "
                        + "\(source.unneeded.counted("is", "are")) needed no longer"
                )
            }
            if source.behind > 0 {
                lines.append("  \(source.behind.grouped) not yet as new as upstream said, asked about again")
            }
            if source.doubted > 0 { lines.append("  \(source.doubted.grouped) said to be gone, asked about again") }
            if source.held > 0 {
                lines.append(
                    "  \(source.held.counted("withdrawal")) held: if upstream is right, run "
                        + "update --confirm-withdrawals \(source.name)"
                )
            }
            let awaited = self.ownership.awaited(by: SourceName(source.name)).map(\.rawValue)
            if !awaited.isEmpty {
                lines.append(
                    "  waits until \(awaited.joined(separator: " and ")) was listed as a whole once: run discover"
                )
            }
            if let run = source.leasedBy { lines.append("  run \(run) is at work on it") }
        }
        if state.sources.isEmpty { lines.append("nothing discovered yet: run discover") }
        for name in self.report.heldPackages { lines.append("  held: \(name)") }
        lines.append(
            "documents  \(census.liveDocuments.grouped) live, \(state.dirtyDocuments.grouped) dirty"
                + " (\(state.documentsToDelete.grouped) to delete)"
        )
        lines += ArchiveText(census: census.archives, budgetBytes: self.archiveBudgetBytes).lines
        lines += AdvisoryText(feeds: state.advisoryFeeds, census: census.advisories).lines
        lines.append(
            "failing    \(state.failingPackages.counted("package")), \(state.failingDocuments.counted("document"))"
        )
        for failure in self.report.failures {
            lines.append("  \(failure.name): \(failure.error)")
            lines.append("    \(Self.retry(failure))")
        }
        lines.append("database   \(Self.bytes(census.databaseBytes))")
        lines.append("last runs")
        for run in self.report.runs {
            let consumed =
                run.consumed.isEmpty
                ? ""
                : " of \(run.consumed.count == 1 ? "run" : "runs") "
                    + run.consumed.map(\.description).joined(separator: ", ")
            lines.append(
                "  \(run.id)  \(run.stage.rawValue)  \(run.status.rawValue)  \(Self.time(run.startedAtMilliseconds))\(consumed)"
            )
            if let error = run.error { lines.append("     \(error)") }
        }
        return lines.joined(separator: "\n")
    }

    private static func bytes(_ count: Int64) -> String {
        count < 10 << 20 ? "\(Int(count >> 10).grouped) kB" : "\(Int(count >> 20).grouped) MB"
    }

    static func retry(_ failure: Failure) -> String {
        "try \(failure.attempts), "
            + (failure.retryAtMilliseconds.map { "again at \(Self.time($0))" } ?? "not again by itself")
    }

    static func time(_ milliseconds: Int64) -> String {
        UTCTime(milliseconds / 1_000)?.zulu ?? "\(milliseconds)"
    }
}
