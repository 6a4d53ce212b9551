package import ArgumentParser
import Pipeline

/// `packline`: the stages, `serve` and what looks after them, as verbs of one program.
package struct PacklineCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "packline",
        abstract: "Keep a Composer repository up to date.",
        discussion: """
            Settings are environment variables (PACKLINE_...), or stand in the YAML file
            that PACKLINE_CONFIG names: which sources are mirrored, of what, and how.
            docs/reference.md has all of them.
            """,
        version: PacklineVersion.current,
        subcommands: [
            RunCommand.self, DiscoverCommand.self, UpdateCommand.self, SyncCommand.self, ServeCommand.self,
            VerifyCommand.self, StatusCommand.self, WhoCommand.self, AuditCommand.self, DoctorCommand.self,
            InitCommand.self, MigrateCommand.self,
        ]
    )

    package init() {}
}
