package import ArgumentParser
import Pipeline

/// `packline`: the stages, `serve` and what looks after them, as verbs of one program.
package struct PacklineCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "packline",
        abstract: "Keep a Composer repository up to date.",
        version: PacklineVersion.current,
        subcommands: [
            RunCommand.self, DiscoverCommand.self, UpdateCommand.self, SyncCommand.self, ServeCommand.self,
            VerifyCommand.self, StatusCommand.self,
        ]
    )

    package init() {}
}
