import ArgumentParser
import Command
import Pipeline
import Store
import Upstream

@main
struct Update: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Ask upstream for packages that are due, and derive their documents.",
        discussion: """
            Any number may run at once.
            Exit status: 0 done; 1 failed; 3 some packages failed and will be tried again; 5 more packages of a source
            are gone in a day than is believed, and their withdrawals are held; 64 bad flag or setting; 143 stopped by
            SIGTERM.
            """,
        version: PacklineVersion.current,
        subcommands: [Run.self, StatusCommand.self],
        defaultSubcommand: Run.self
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Update what is due (the default).")

        @OptionGroup var common: CommonOptions

        @Option(help: ArgumentHelp("Requests to upstream per second; 0 is no limit.", valueName: "requests"))
        var rate = 5.0

        @Option(
            help: ArgumentHelp(
                "Withdraw what is held of this source, where upstream still says that it is gone.",
                valueName: "source"
            )
        )
        var confirmWithdrawals: String?

        mutating func validate() throws {
            if let name = self.confirmWithdrawals, SourceName(rawValue: name) == nil {
                let known = SourceName.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--confirm-withdrawals is '\(name)'; it takes one of: \(known)")
            }
            if self.rate != 0, !(self.rate >= 0.001 && self.rate <= 10_000) {
                throw ValidationError(
                    "--rate is \(self.rate); it takes requests per second from 0.001 to 10000, or 0 (no limit)"
                )
            }
        }

        func run() async throws {
            let settings = try self.common.settings()
            let concurrency = self.common.concurrency ?? 4
            var configuration = UpdateStage.Configuration()
            configuration.confirmed = self.confirmWithdrawals.flatMap(SourceName.init(rawValue:))
            let exit = await self.common.runner(.update, settings).run { [configuration] context in
                try await Connections.with(settings, concurrency: concurrency, logger: context.logger) { connections in
                    let client = connections.upstream(requestsPerSecond: self.rate, concurrency: concurrency)
                    let outcome = try await UpdateStage(context: context, configuration: configuration) {
                        connections.directory(of: $0, client)
                    }.run()
                    context.counters.set("requests", client.requestCount)
                    return outcome.with(context.counters)
                }
            }
            throw ExitCode(exit.rawValue)
        }
    }
}
