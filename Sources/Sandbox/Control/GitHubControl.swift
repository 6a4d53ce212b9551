/// The commands whose names begin with `github-`.
struct GitHubControl {
    static let prefix = "github-"

    let host: GitHubHost

    func run(_ name: String, _ command: GitHubCommand) throws(SandboxError) {
        switch name {
        case "github-limit":
            self.host.limit(try Self.limit(command))
        case "github-private":
            self.host.setPrivate(try command.required(command.name, "name"), command.on ?? true)
        case "github-delete":
            self.host.setDeleted(try command.required(command.name, "name"), command.on ?? true)
        case "github-rename":
            let to = try command.required(command.to, "to")
            guard to.split(separator: "/", omittingEmptySubsequences: false).count == 2 else {
                throw .badCommand("\"\(to)\" is no repository; write owner/name")
            }
            self.host.rename(try command.required(command.name, "name"), to: to)
        case "github-token":
            self.host.accept(token: try command.required(command.token, "token"))
        default:
            throw .badCommand("there is no command \"\(name)\"")
        }
    }

    private static func limit(_ command: GitHubCommand) throws(SandboxError) -> GitHubLimit? {
        guard let requests = command.requests else { return nil }
        let limit = GitHubLimit(
            requests: requests,
            seconds: command.seconds ?? 3_600,
            status: command.status ?? 403,
            retryAfterSeconds: command.retryAfter
        )
        guard requests >= 0, (1...ComposerWorld.longestSeconds).contains(limit.seconds),
            (400...599).contains(limit.status)
        else { throw .badCommand("\"requests\" may not be negative; \"seconds\" and \"status\" must make sense") }
        return limit
    }
}
