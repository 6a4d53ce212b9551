import ArgumentParser
import Command
import Foundation
import ObjectStorage
import Pipeline
import Store

@main
struct Sync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Upload the documents that are dirty, and nothing else.",
        discussion: """
            Any number may run at once.
            Exit status: 0 done; 1 failed; 3 some objects failed and will be tried again, or packages.json did before;
            5 another bucket than the known one; 64 bad flag or setting; 143 stopped by SIGTERM.
            """,
        version: PacklineVersion.current,
        subcommands: [Run.self, Verify.self, StatusCommand.self],
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
                    try await SyncStage(
                        context: context,
                        objects: connections.objects(),
                        purger: connections.purger()
                    ).run()
                }
            }
            throw ExitCode(exit.rawValue)
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the bucket with the database, and mend it where asked to.",
            discussion: """
                Lists the bucket, 1,000 keys a request, and downloads nothing unless told to. Exit status 1 when something
                is missing, differs or should not be there; 5 when a repair would delete too much.
                """
        )

        @OptionGroup var common: CommonOptions

        @Option(help: ArgumentHelp("The bucket: file:DIRECTORY or s3://BUCKET/PREFIX.", valueName: "url"))
        var bucket: String?

        @Flag(help: "Download every object and compare its bytes.")
        var deep = false

        @Flag(help: "Upload what is missing or differs; delete what should not be there.")
        var repair = false

        @Option(help: ArgumentHelp("How many percent of the objects a repair may delete.", valueName: "percent"))
        var maxShrink = 5

        mutating func validate() throws {
            if !(0...100).contains(self.maxShrink) {
                throw ValidationError("--max-shrink is \(self.maxShrink); it takes a percentage from 0 to 100")
            }
            if self.common.limit != nil || self.common.runID != nil || !self.common.packages.isEmpty {
                throw ValidationError(
                    "sync verify looks at the whole bucket; --limit, --run and --package are for sync"
                )
            }
        }

        func run() async throws {
            let settings = try self.common.settings(["PACKLINE_BUCKET_URL": self.bucket])
            var configuration = VerifyStage.Configuration()
            configuration.isDeep = self.deep
            configuration.repairs = self.repair
            configuration.maxShrinkPercent = self.maxShrink
            let verify = configuration
            let concurrency = self.common.concurrency ?? 64
            let exit = await self.common.runner(.sync, settings).run { context in
                try await Connections.with(settings, concurrency: concurrency, logger: context.logger) { connections in
                    let objects = try connections.objects()
                    let sync = SyncStage(context: context, objects: objects, purger: connections.purger())
                    return try await VerifyStage(
                        context: context,
                        configuration: verify,
                        objects: objects,
                        sync: sync
                    ).run()
                }
            }
            throw ExitCode(exit.rawValue)
        }
    }
}
