import ArgumentParser
import ObjectStorage
import Pipeline

/// What is tracked.
struct ScopeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Track only these: a file, or keys separated by commas.", valueName: "file|list"))
    var only: String?

    var settings: [String: String] { self.only.map { ["PACKLINE_ONLY": $0] } ?? [:] }
}

/// How upstream is asked.
struct PaceOptions: ParsableArguments {
    /// Requests a second where neither the operator nor a source says anything.
    static let rate = 5.0

    @Option(
        help: ArgumentHelp(
            "Requests to an upstream per second; 0 is no limit. (default: 5 to WordPress.org, to a Composer repository "
                + "what its own 'rate' says)",
            valueName: "requests"
        )
    )
    var rate: Double?

    mutating func validate() throws {
        if let rate, rate != 0, !(rate >= 0.001 && rate <= 10_000) {
            throw ValidationError(
                "--rate is \(rate); it takes requests per second from 0.001 to 10000, or 0 (no limit)"
            )
        }
    }
}

/// Whose names are.
struct OwnerOptions: ParsableArguments {
    @Flag(help: "Let names go to other sources where the settings say so, however many.")
    var confirmOwners = false
}

/// Where it is published.
struct BucketOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The bucket: file:DIRECTORY or s3://BUCKET.", valueName: "url"))
    var bucket: String?

    var settings: [String: String] { self.bucket.map { ["PACKLINE_BUCKET_URL": $0] } ?? [:] }

    /// The settings of a command that can do nothing without a bucket.
    ///
    /// - Throws: `ExitCode` 64 after saying so where there is none.
    func settings(_ common: CommonOptions) throws -> Settings {
        let settings = try common.settings(self.settings)
        guard settings.stages.bucket != .nowhere else {
            throw StageExit.badSetting.saying(InvalidSettings.noBucket)
        }
        return settings
    }
}
