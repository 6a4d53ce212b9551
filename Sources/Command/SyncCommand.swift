import ArgumentParser
import Pipeline
import Store

/// `sync`, and `packline sync`.
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Fetch the archives that are due, upload what is dirty, and nothing else.",
        discussion: """
            Any number may run at once.
            Exit status: 0 done; 1 failed; 3 some objects or archives failed and will be tried again, or packages.json
            did before; 5 another bucket than the known one; 64 bad flag or setting; 143 stopped by SIGTERM.
            """,
        version: PacklineVersion.current,
        subcommands: [
            Run.self, VerifyCommand.self, CopyCommand.self, RemoveArchivesCommand.self, StatusCommand.self,
        ],
        defaultSubcommand: Run.self
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Fetch and publish (the default).")

        @OptionGroup var common: CommonOptions

        @OptionGroup var storage: BucketOptions

        func run() async throws {
            let settings = try self.storage.settings(self.common)
            throw await self.common.runner(.sync, settings).run(StageWork.sync(settings, self.common)).code
        }
    }
}
