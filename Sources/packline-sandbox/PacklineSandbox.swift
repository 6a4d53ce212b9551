import ArgumentParser
import Logging
import Sandbox

@main
struct PacklineSandbox: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packline-sandbox",
        abstract: "An offline WordPress.org and a test S3 store, with faults on request."
    )

    @Option(help: "The port to listen on; 0 takes any free one.")
    var port = 8780

    mutating func run() async throws {
        var logger = Logger(label: "packline-sandbox")
        logger.logLevel = .info
        let sandbox = Sandbox(world: try .builtIn, logger: logger)
        try await sandbox.run(port: self.port)
    }
}
