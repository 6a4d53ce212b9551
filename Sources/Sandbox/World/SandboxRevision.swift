/// A revision of one of the repositories, kept small: paths, author and comment follow from what was done.
struct SandboxRevision: Sendable {
    enum Change: Sendable {
        case birth(slug: String)
        case commit(slug: String, SandboxCommit)
        case removal(slug: String)
    }

    /// Since 1970; strictly rising.
    var microseconds: Int64
    var change: Change
}
