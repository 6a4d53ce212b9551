/// The body of a command to the imitated Wordfence Intelligence; which members are read depends on the command.
struct WordfenceCommand: CommandBody {
    /// The record that is meant.
    var id: String?
    /// Of `wordfence-publish`.
    var title: String?
    var software: [SandboxVulnerability.Software]?
    /// Of `wordfence-limit`.
    var key: String?
    var seconds: Int64?
}

/// The commands whose names begin with `wordfence-`.
struct WordfenceControl {
    static let prefix = "wordfence-"

    let host: WordfenceHost

    func run(_ name: String, _ command: WordfenceCommand) throws(SandboxError) {
        switch name {
        case "wordfence-publish":
            var record = SandboxVulnerability(
                id: try command.required(command.id, "id"),
                software: try command.required(command.software, "software")
            )
            if let title = command.title { record.title = title }
            self.host.publish(record)
        case "wordfence-withdraw":
            self.host.withdraw(try command.required(command.id, "id"))
        case "wordfence-limit":
            let seconds = command.seconds ?? 1_800
            guard (0...ComposerWorld.longestSeconds).contains(seconds) else {
                throw .badCommand("\"seconds\" must be between 0 and \(ComposerWorld.longestSeconds)")
            }
            self.host.accept(key: command.key ?? "sandbox-key", pauseSeconds: seconds)
        default:
            throw .badCommand("there is no command \"\(name)\"")
        }
    }
}
