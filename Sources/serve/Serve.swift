import ArgumentParser
import Hummingbird
import Logging
import Site
import Stages
import Store

@main
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer Composer straight from the database.",
        version: PacklineVersion.current,
        subcommands: [Run.self, StatusCommand.self],
        defaultSubcommand: Run.self
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Listen until SIGTERM (the default).")

        @Option(help: ArgumentHelp("The database: sqlite:PATH or postgres://USER@HOST/DATABASE.", valueName: "url"))
        var database: String?

        @Option(help: "The address to listen on.")
        var host = "127.0.0.1"

        @Option(help: "The port to listen on; 0 takes a free one.")
        var port = 8080

        @OptionGroup var logging: LoggingOptions

        mutating func validate() throws {
            if !(0...65_535).contains(self.port) {
                throw ValidationError("--port is \(self.port); it takes a number from 0 to 65535")
            }
        }

        func run() async throws {
            let settings = try self.logging.settings(self.database.map { ["PACKLINE_DATABASE_URL": $0] } ?? [:])
            let logger = LoggingOptions.logger("serve", settings)
            do {
                let store = try await Store.open(url: settings.databaseURL, logger: logger)
                let pages = PageSettings(
                    derivation: settings.derivation,
                    version: PacklineVersion.current,
                    readyMaxLagSeconds: settings.readyMaxLagSeconds
                )
                let application = Application(
                    router: Site.router(store: store, logger: logger, pages: pages),
                    configuration: .init(address: .hostname(self.host, port: self.port), serverName: "packline"),
                    logger: logger
                )
                try await application.runService()
            } catch {
                logger.error("stopped", metadata: ["error": "\(error)"])
                throw ExitCode(StageExit.failed.rawValue)
            }
        }
    }
}
