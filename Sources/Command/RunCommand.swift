import ArgumentParser
import ObjectStorage
import Pipeline
import Store

/// `packline run`: all stages in one process, one after the other.
struct RunCommand: Verb {
    static let help = VerbHelp(
        about: [
            "A stage that fails keeps none of the others from its work: what is known is updated, and what is derived is "
                + "published. Without a bucket (PACKLINE_BUCKET_URL=none) sync is left out.",
            "The status is that of the stage that fared worst: 1 before 5, 4 and 3.",
        ],
        examples: ["run", "run --every 5m", "run --only akismet,jetpack", "run --dry-run"],
        refuses: VerbHelp.stageRefusals,
        exits: VerbHelp.stageExits([
            (3, "some packages, objects or archives failed: they are tried again by themselves"),
            (4, "another run holds the lease of a source, and is at work"),
            (5, "a guard refused, and what it guards is as it was: the message says what to look at"),
        ])
    )

    static let configuration = described("run", "Run discover, update and sync, one after the other.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var scope: ScopeOptions
    @OptionGroup var pace: PaceOptions
    @OptionGroup var storage: BucketOptions
    @OptionGroup var owners: OwnerOptions

    func run() async throws {
        let settings = try self.common.settings(self.scope.settings.merging(self.storage.settings) { $1 })
        var updating = UpdateStage.Configuration()
        updating.confirmsOwners = self.owners.confirmOwners
        var steps: [StageLoop.Step] = [
            (self.common.runner(.discover, settings), StageWork.discover(settings, self.common)),
            (self.common.runner(.update, settings), StageWork.update(settings, self.common, self.pace, updating)),
        ]
        if settings.stages.bucket != .nowhere {
            steps.append((self.common.runner(.sync, settings), StageWork.sync(settings, self.common)))
        }
        throw await StageLoop(steps, every: self.common.interval).untilDone().code
    }
}
