import ArgumentParser
import Pipeline
import Store

/// `discover`, and `packline discover`.
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Find out what changed upstream, without asking for any package.",
        discussion: """
            Reads the change log of each source from its cursor on, and on a schedule its listing; then the feeds of
            advisories that it is time for.
            Exit status: 0 done; 1 failed; 4 another run holds the lease; 5 a guard refused (a cut, shrunken or
            swollen listing; a feed that withdraws much in a day; more packages required than require-limit
            allows); 64 bad flag or setting; 143 stopped by SIGTERM.
            """,
        version: PacklineVersion.current,
        subcommands: [Run.self, StatusCommand.self],
        defaultSubcommand: Run.self
    )

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take in what changed (the default).")

        @OptionGroup var common: CommonOptions

        @Flag(help: "Compare with the full listing now, not only on its schedule.")
        var reconcile = false

        @Option(
            help: ArgumentHelp("Read the log from this revision on; later, add the older log.", valueName: "revision")
        )
        var fromRevision: Int64?

        @OptionGroup var scope: ScopeOptions

        @Option(
            help: ArgumentHelp(
                "How many percent shorter a listing may be than the last one, and a feed of advisories in a day.",
                valueName: "percent"
            )
        )
        var maxShrink = 5

        @Option(
            help: ArgumentHelp(
                "How many percent, beyond a hundred names, a listing may be longer than the last one.",
                valueName: "percent"
            )
        )
        var maxGrowth = 5

        @Flag(help: "Set a cursor back that is ahead of upstream, and read the log and the listing from there.")
        var resetCursor = false

        mutating func validate() throws {
            if !(0...100).contains(self.maxShrink) {
                throw ValidationError("--max-shrink is \(self.maxShrink); it takes a percentage from 0 to 100")
            }
            if !(0...1_000_000).contains(self.maxGrowth) {
                throw ValidationError("--max-growth is \(self.maxGrowth); it takes a percentage from 0 to 1000000")
            }
            if let fromRevision, fromRevision < 0 {
                throw ValidationError("--from-revision is \(fromRevision); it takes a revision from 0")
            }
        }

        func run() async throws {
            let settings = try self.common.settings(self.scope.settings)
            var configuration = DiscoverStage.Configuration()
            configuration.reconciles = self.reconcile
            configuration.fromRevision = self.fromRevision
            configuration.maxShrinkPercent = self.maxShrink
            configuration.maxGrowthPercent = self.maxGrowth
            configuration.resetsCursor = self.resetCursor
            throw await self.common.runner(.discover, settings).run(StageWork.discover(settings, configuration)).code
        }
    }
}
