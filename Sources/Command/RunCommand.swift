import ArgumentParser
import ObjectStorage
import Pipeline
import Store

/// `packline run`: all stages in one process, one after the other.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run discover, update and sync, one after the other.",
        discussion: """
            A stage that fails keeps none of the others from its work: what is known is updated, and what is derived is
            published. Without a bucket (PACKLINE_BUCKET_URL=none) sync is left out.
            Exit status: that of the stage that fared worst, which is 1 before 64, 5, 4, 3 and 0; 64 bad flag or setting;
            143 stopped by SIGTERM.
            """
    )

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
            (self.common.runner(.discover, settings), StageWork.discover(settings)),
            (self.common.runner(.update, settings), StageWork.update(settings, self.common, self.pace, updating)),
        ]
        if settings.stages.bucket != .nowhere {
            steps.append((self.common.runner(.sync, settings), StageWork.sync(settings, self.common)))
        }
        throw await StageLoop(steps, every: self.common.interval).untilDone().code
    }
}
