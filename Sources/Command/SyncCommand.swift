import ArgumentParser
import Pipeline
import Store

/// `sync`, and `packline sync`.
struct SyncCommand: Verb {
    static let help = VerbHelp(
        about: [
            "Any number may run at once. What could not be uploaded stays dirty, and is tried again by the next run.",
            "'sync status' is 'packline status', and 'sync verify' is 'packline verify'.",
        ],
        examples: ["sync", "sync --dry-run", "sync --package akismet", "sync --every 1m"],
        refuses: "\(VerbHelp.stageRefusals); a bucket that is none (PACKLINE_BUCKET_URL=none)",
        exits: VerbHelp.stageExits([
            (3, "some objects or archives failed, or packages.json did before: they are tried again by themselves"),
            (5, "a guard refused, and nothing was changed: the bucket is another than the one that is known"),
        ])
    )

    static let configuration = described(
        "sync",
        "Fetch the archives that are due, upload what is dirty, and nothing else.",
        subcommands: [VerifyCommand.self, CopyCommand.self, RemoveArchivesCommand.self]
    )

    @OptionGroup var common: CommonOptions

    @OptionGroup var storage: BucketOptions

    func run() async throws {
        let settings = try self.storage.settings(self.common)
        throw await self.common.runner(.sync, settings).run(StageWork.sync(settings, self.common)).code
    }
}
