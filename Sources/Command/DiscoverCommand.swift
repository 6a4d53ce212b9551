import ArgumentParser
import Pipeline
import Store

/// `discover`, and `packline discover`.
struct DiscoverCommand: Verb {
    static let help = VerbHelp(
        about: [
            "Reads the change log of each source from where it stopped, and on a schedule its listing; then the feeds of "
                + "advisories that it is time for. One run at a time per source. With --package or --run nobody is asked: "
                + "what is named becomes due for update.",
            "'discover status' is 'packline status'.",
        ],
        examples: ["discover", "discover --reconcile", "discover --only akismet", "discover --every 5m"],
        refuses: "\(VerbHelp.stageRefusals); --from-revision and --reset-cursor where no source has a log, and "
            + "with --reconcile beside --package and --run",
        exits: VerbHelp.stageExits([
            (4, "another run holds the lease of a source, and is at work"),
            (
                5,
                "a guard refused, and what it guards is as it was: a cut, shrunken or swollen listing; a feed that "
                    + "withdraws much in a day; more packages required than require-limit allows"
            ),
        ])
    )

    static let configuration = described(
        "discover",
        "Find out what changed upstream, without asking for any package."
    )

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
        let isNamed = !self.common.packages.isEmpty || self.common.runID != nil
        if isNamed, let flag = self.readingFlag {
            throw ValidationError(
                "\(flag) has upstream read; with --package or --run nobody is asked, and what is named becomes due. Leave "
                    + "one of them out"
            )
        }
    }

    /// What says how upstream is read, where anything does.
    private var readingFlag: String? {
        if self.reconcile { return "--reconcile" }
        if self.fromRevision != nil { return "--from-revision" }
        return self.resetCursor ? "--reset-cursor" : nil
    }

    func run() async throws {
        let settings = try self.common.settings(self.scope.settings)
        var configuration = DiscoverStage.Configuration()
        configuration.reconciles = self.reconcile
        configuration.fromRevision = self.fromRevision
        configuration.maxShrinkPercent = self.maxShrink
        configuration.maxGrowthPercent = self.maxGrowth
        configuration.resetsCursor = self.resetCursor
        let work = StageWork.discover(settings, self.common, configuration)
        throw await self.common.runner(.discover, settings).run(work).code
    }
}
