import ArgumentParser
import Facts
import Pipeline
import Store

/// `update`, and `packline update`.
struct UpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Ask upstream for packages that are due, and derive their documents.",
        discussion: """
            Any number may run at once.
            Exit status: 0 done; 1 failed; 3 some packages failed and will be tried again; 5 more packages of a source
            are gone in a day than is believed, and their withdrawals are held, or more are required than require-limit
            allows, or the settings would move more than 10 names to other sources; 64 bad flag or setting; 143 stopped
            by SIGTERM.
            """,
        version: PacklineVersion.current,
        subcommands: [Run.self, StatusCommand.self],
        defaultSubcommand: Run.self
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Update what is due (the default).")

        @OptionGroup var common: CommonOptions

        @OptionGroup var pace: PaceOptions

        @Option(
            help: ArgumentHelp(
                "Withdraw what is held of this source, where upstream still says that it is gone.",
                valueName: "source"
            )
        )
        var confirmWithdrawals: String?

        @OptionGroup var owners: OwnerOptions

        mutating func validate() throws {
            if let name = self.confirmWithdrawals, !UpstreamKinds.owns(SourceName(name)) {
                let known = UpstreamKinds.forms.joined(separator: ", ")
                throw ValidationError("--confirm-withdrawals is '\(name)'; it takes one of: \(known)")
            }
        }

        func run() async throws {
            let settings = try self.common.settings()
            var configuration = UpdateStage.Configuration()
            configuration.confirmed = self.confirmWithdrawals.map(SourceName.init(_:))
            configuration.confirmsOwners = self.owners.confirmOwners
            let work = StageWork.update(settings, self.common, self.pace, configuration)
            throw await self.common.runner(.update, settings).run(work).code
        }
    }
}
