import ArgumentParser
import Pipeline
import Store

/// `sync remove-archives`.
struct RemoveArchivesCommand: Verb {
    static let help = VerbHelp(
        about: [
            "Old lock files may need them: a project that installs from one gets nothing where its archive was. Says how "
                + "many and how many bytes that is; only with --yes it removes them. All documents in the bucket are read "
                + "before, and what one of them names stays. Nothing is fetched meanwhile.",
            "What to remove is what all of the flags apply to; one of --orphans, --unlisted, --older-than and --package "
                + "has to be there.",
        ],
        examples: ["sync remove-archives --orphans"],
        refuses:
            "a flag or setting that is none; --run and --every, because it is for once; --orphans beside --unlisted "
            + "or --package",
        exits: VerbHelp.stageExits([(5, "archives are being fetched, and nothing was changed")])
    )

    static let configuration = described(
        "remove-archives",
        "Remove archives that no document names, which nothing else ever does."
    )

    @OptionGroup var common: CommonOptions

    @OptionGroup var storage: BucketOptions

    @Flag(help: "Of no version that is known.")
    var orphans = false

    @Flag(help: "Of versions alone that upstream no longer lists.")
    var unlisted = false

    @Option(help: ArgumentHelp("In the bucket for longer than this: 90d, 365d.", valueName: "duration"))
    var olderThan: String?

    @Flag(help: "Remove them indeed.")
    var yes = false

    mutating func validate() throws {
        if !self.orphans, !self.unlisted, self.olderThan == nil, self.common.packages.isEmpty {
            throw ValidationError("say which archives: --orphans, --unlisted, --older-than DURATION or --package NAME")
        }
        if self.orphans, self.unlisted || !self.common.packages.isEmpty {
            throw ValidationError("--orphans are of no version and no package: leave out --unlisted and --package")
        }
        if let olderThan, CommonOptions.duration(olderThan) == nil {
            throw ValidationError(
                "--older-than is '\(olderThan)'; it takes a number with a unit, such as 90d, up to 365d"
            )
        }
        if let name = self.common.packages.first(where: { !$0.contains("/") }) {
            throw ValidationError("--package is '\(name)'; it takes the name of a package here, such as acme/site-kit")
        }
        if self.common.runID != nil || self.common.every != nil {
            throw ValidationError("sync remove-archives is for once; --run and --every are for sync")
        }
    }

    func run() async throws {
        let settings = try self.storage.settings(self.common)
        var removal = ArchiveRemoval()
        removal.isOrphan = self.orphans
        removal.isUnlisted = self.unlisted
        removal.olderThanMilliseconds = self.olderThan.flatMap(CommonOptions.duration)
            .map { $0.components.seconds * 1_000 }
        if !self.common.packages.isEmpty { removal.packages = self.common.packages.map { $0.lowercased() } }
        var common = self.common
        if !self.yes { common.dryRun = true }
        let work = StageWork.removeArchives(settings, common, RemovalStage.Configuration(removal: removal))
        throw await common.runner(.sync, settings).run(work).code
    }
}
