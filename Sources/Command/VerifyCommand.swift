import ArgumentParser
import Pipeline
import Store

/// `sync verify`, and `packline verify`.
struct VerifyCommand: Verb {
    static let help = VerbHelp(
        about: [
            "Lists the bucket, 1,000 keys a request, and downloads nothing unless told to. It is 'sync verify' too."
        ],
        examples: ["verify", "verify --deep", "verify --repair"],
        refuses: "a flag or setting that is none; --limit, --run and --package, because it looks at the whole bucket",
        exits: VerbHelp.stageExits([
            (3, "it was repaired, but for objects that failed and are tried again by sync"),
            (5, "a repair would delete too much, and nothing was changed"),
        ]).map { $0.code == 1 ? (1, "something is missing, differs or should not be there; or it failed") : $0 }
    )

    static let configuration = described(
        "verify",
        "Compare the bucket with the database, and mend it where asked to."
    )

    @OptionGroup var common: CommonOptions

    @OptionGroup var storage: BucketOptions

    @Flag(help: "Download every object and compare its bytes.")
    var deep = false

    @Flag(help: "Upload what is missing or differs; delete what should not be there.")
    var repair = false

    @Option(help: ArgumentHelp("How many percent of the objects a repair may delete.", valueName: "percent"))
    var maxShrink = 5

    @Flag(help: "Begin anew where a comparison was stopped, instead of going on.")
    var restart = false

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
        let settings = try self.storage.settings(self.common)
        var configuration = VerifyStage.Configuration()
        configuration.isDeep = self.deep
        configuration.repairs = self.repair
        configuration.maxShrinkPercent = self.maxShrink
        configuration.restarts = self.restart
        let work = StageWork.verify(settings, self.common, configuration)
        throw await self.common.runner(.sync, settings).run(work).code
    }
}
