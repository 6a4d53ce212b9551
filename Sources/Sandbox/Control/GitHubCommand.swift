/// The body of a command to the imitated GitHub; which members are read depends on the command.
struct GitHubCommand: CommandBody {
    /// The package whose repository is meant.
    var name: String?
    /// Of `github-rename`.
    var to: String?
    /// Of `github-private` and `github-delete`; false takes it back.
    var on: Bool?
    /// Of `github-limit`; without `requests` there is none.
    var requests: Int?
    var seconds: Int64?
    var status: Int?
    var retryAfter: Int?
    /// Of `github-token`.
    var token: String?
}
