import ArgumentParser
import Foundation
import ObjectStorage
import Stages
import Store

@main
struct Sync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Upload the documents that are dirty, and nothing else.",
        discussion: """
            Any number may run at once.
            Exit status: 0 done; 1 failed; 3 some objects failed and will be tried again; 64 bad flag or setting;
            143 stopped by SIGTERM.
            """,
        version: PacklineVersion.current,
        subcommands: [Run.self, StatusCommand.self],
        defaultSubcommand: Run.self
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Publish what is dirty (the default).")

        @OptionGroup var common: CommonOptions

        @Option(help: ArgumentHelp("The bucket: file:DIRECTORY or s3://BUCKET/PREFIX.", valueName: "url"))
        var bucket: String?

        func run() async throws {
            let settings = try self.common.settings(["PACKLINE_BUCKET_URL": self.bucket])
            guard settings.bucket != .nowhere else {
                FileHandle.standardError.write(Data("\(InvalidSettings.noBucket)\n".utf8))
                throw ExitCode(StageExit.badSetting.rawValue)
            }
            let concurrency = self.common.concurrency ?? 64
            let exit = await self.common.runner(.sync, settings).run { context in
                try await Connections.with(settings, concurrency: concurrency, logger: context.logger) { connections in
                    try await SyncStage(context: context, objects: connections.objects()).run()
                }
            }
            throw ExitCode(exit.rawValue)
        }
    }
}
