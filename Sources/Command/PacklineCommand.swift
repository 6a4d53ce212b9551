package import ArgumentParser
import Pipeline

/// `packline`: the stages, `serve` and what looks after them, as verbs of one program.
package struct PacklineCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "packline",
        abstract: "Keep a Composer repository up to date.",
        discussion: Self.discussion(),
        version: PacklineVersion.current,
        subcommands: Self.verbs.map { $0 }
    )

    static let verbs: [any Verb.Type] = [
        RunCommand.self, DiscoverCommand.self, UpdateCommand.self, SyncCommand.self, ServeCommand.self,
        VerifyCommand.self, StatusCommand.self, WhoCommand.self, AuditCommand.self, DoctorCommand.self,
        InitCommand.self, MigrateCommand.self,
    ]

    /// With an example of each verb.
    private static func discussion() -> String {
        let settings =
            "Settings are environment variables (PACKLINE_...), or stand in the YAML file that PACKLINE_CONFIG names: which "
            + "sources are mirrored, of what, and how. docs/reference.md has all of them."
        let ends = "'packline VERB --help' says what a verb refuses and with which status it ends."
        let examples = ["Examples:"] + self.verbs.compactMap { $0.help.examples.first }.map { "  packline \($0)" }
        return [settings, ends, examples.joined(separator: "\n")].joined(separator: "\n\n")
    }

    package init() {}
}
