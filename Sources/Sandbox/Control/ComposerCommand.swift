/// The body of a command to a Composer repository; which members are read depends on the command.
struct ComposerCommand: CommandBody {
    /// The repository's mount; needed where there are several.
    var mount: String?
    /// The packages, or how many are chosen at random.
    var names: [String]?
    var count: Int?
    /// Of `composer-publish`: `release` (the default), `dev`, `advisory`, `withdrawal`.
    var change: String?
    /// Of `composer-lag`, `composer-release-lag`, `composer-swap` and `composer-quirk`; without it, all packages lag.
    var name: String?
    var publications: Int?
    var seconds: Double?
    /// Of `composer-swap`.
    var other: String?
    /// Of `composer-quirk`: `several`, `none`, `broken-source`, `malware`; without it, the document is as it should be.
    var quirk: String?
    /// Of `composer-feed`: `restarted`, `jumps-back`, `repeats`, `timestamp`, `odd-actions`, `resync`.
    var fault: String?
    var times: Int?
    var units: Int64?
    var json: String?
    /// Of `composer-listings`.
    var percent: Int?

    func feedFault() throws(SandboxError) -> ComposerFeedFault {
        switch try self.required(self.fault, "fault") {
        case "restarted": .restarted
        case "jumps-back": .jumpsBack(units: try self.required(self.units, "units"))
        case "repeats": .repeats
        case "timestamp": .timestamp(json: try self.required(self.json, "json"))
        case "odd-actions": .oddActions
        case "resync": .resync
        case let other: throw .badCommand("\"\(other)\" is no fault of a feed")
        }
    }
}
