import ArgumentParser
import Foundation
import ObjectStorage
import Pipeline
import Store

/// `sync copy`.
struct CopyCommand: Verb {
    static let help = VerbHelp(
        about: [
            "Only what is below dist/, and only bytes that have the SHA-256 that their key names. What is there already is "
                + "not copied: a copy that was stopped goes on. Archives above 4 MB go through PACKLINE_TEMP_DIR; without "
                + "it they are held in memory, up to 32 MB each.",
            "The other bucket is reached with the same settings, or with PACKLINE_FROM_S3_ENDPOINT, "
                + "PACKLINE_FROM_S3_PATH_STYLE and PACKLINE_FROM_AWS_... where those are set.",
        ],
        examples: ["sync copy --from s3://OLD"],
        refuses:
            "a flag or setting that is none; --limit, --run and --package, because it copies all; a bucket that is "
            + "copied from and into",
        exits: VerbHelp.stageExits([]).map { $0.code == 1 ? (1, "some could not be copied, or there is none") : $0 }
    )

    static let configuration = described("copy", "Copy the archives of another bucket that this one lacks.")

    @OptionGroup var common: CommonOptions

    @OptionGroup var storage: BucketOptions

    @Option(help: ArgumentHelp("The bucket to copy from: file:DIRECTORY or s3://BUCKET.", valueName: "url"))
    var from: String

    mutating func validate() throws {
        if self.common.limit != nil || self.common.runID != nil || !self.common.packages.isEmpty {
            throw ValidationError("sync copy copies all archives; --limit, --run and --package are for sync")
        }
    }

    func run() async throws {
        let settings = try self.storage.settings(self.common)
        let source: Settings
        do {
            source = try Settings(
                environment: CopySource.environment(ProcessInfo.processInfo.environment),
                overrides: ["PACKLINE_BUCKET_URL": self.from]
            )
            if source.stages.bucket == .nowhere { throw InvalidSettings(problems: ["--from names no bucket"]) }
        } catch {
            throw StageExit.badSetting.saying(error)
        }
        throw await self.common.runner(.sync, settings).run(StageWork.copy(settings, source, self.common)).code
    }
}

/// How the bucket is reached that is copied from.
enum CopySource {
    private static let prefix = "PACKLINE_FROM_"
    private static let endpoint: Set = ["PACKLINE_S3_ENDPOINT", "PACKLINE_S3_PATH_STYLE"]
    private static let credentials = Set(
        [
            "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ].map { Self.withoutFile($0) }
    )

    /// Whether a variable is about the other bucket.
    static func reads(_ name: String) -> Bool {
        guard name.hasPrefix(Self.prefix) else { return false }
        let setting = Self.setting(name)
        return setting.hasPrefix("AWS_") || Self.endpoint.contains(setting)
    }

    /// The variables with those in their places that are about the other bucket; credentials take the place of all others.
    static func environment(_ environment: [String: String]) -> [String: String] {
        var result = environment
        let other = environment.filter { Self.reads($0.key) && !$0.value.isEmpty }
        var replaced = Set(other.keys.map(Self.setting))
        if !replaced.isDisjoint(with: Self.credentials) { replaced.formUnion(Self.credentials) }
        // In either form: a value would win over the other bucket's file.
        for setting in replaced { for name in [setting, setting + "_FILE"] { result[name] = nil } }
        for (name, value) in other {
            let setting = Self.setting(name)
            result[name.hasSuffix("_FILE") ? setting + "_FILE" : setting] = value
        }
        return result
    }

    /// What a variable of the other bucket stands in the place of, without `_FILE`.
    private static func setting(_ name: String) -> String {
        let plain = Self.withoutFile(name.dropFirst(Self.prefix.count))
        return Self.endpoint.contains("PACKLINE_" + plain) ? "PACKLINE_" + plain : plain
    }

    private static func withoutFile(_ name: some StringProtocol) -> String {
        String(name.hasSuffix("_FILE") ? name.dropLast("_FILE".count) : name[...])
    }
}
