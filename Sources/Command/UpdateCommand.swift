import ArgumentParser
import Facts
import Pipeline
import Store

/// `update`, and `packline update`.
struct UpdateCommand: Verb {
    static let help = VerbHelp(
        about: [
            "Asks only for packages that are due: those that changed, failed, or were not looked at for a day. Any number "
                + "may run at once.", "'update status' is 'packline status'.",
        ],
        examples: ["update", "update --package akismet", "update --dry-run", "update --run 17 --force"],
        refuses: "\(VerbHelp.stageRefusals); --confirm-withdrawals of what is no source of these settings",
        exits: VerbHelp.stageExits([
            (3, "some packages failed, or a source did not answer: they are tried again by themselves"),
            (
                5,
                "a guard refused, and what it guards is as it was: more packages are gone in a day than is believed, more "
                    + "are required than require-limit allows, or the settings would move more than 10 names to other "
                    + "sources"
            ),
        ])
    )

    static let configuration = described(
        "update",
        "Ask upstream for packages that are due, and derive their documents."
    )

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
