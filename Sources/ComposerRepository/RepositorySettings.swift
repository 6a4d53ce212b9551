/// One Composer repository as an upstream: `composer:NAME`.
package struct RepositorySettings: Equatable, Sendable {
    /// What follows `composer:`.
    package var name: String
    /// Where its `packages.json` is below, or a URL whose path has `.json`; without credentials.
    package var url: String
    package var authentication: RepositoryAuthentication?
    /// What is fetched of it; nil is everything.
    package var only: NameSelection?
    /// What is neither fetched nor owned.
    package var exclude = NameSelection()
    /// Whether what the packages of ``only`` require is fetched too, and what that requires.
    package var requires = false
    /// Requests a second, 0 for no limit.
    package var requestsPerSecond: Double?
    /// Most requests at once.
    package var concurrency: Int?
    /// Seconds in which each package is looked at once where upstream does not tell what changes.
    package var periodSeconds: Int?

    package init(name: String, url: String) {
        self.name = name
        self.url = url
    }
}

/// What is sent to the host of the repository, and nowhere else.
package enum RepositoryAuthentication: Equatable, Sendable {
    case basic(user: String, password: String)
    case bearer(String)
    case header(name: String, value: String)
}

/// Names of packages, and patterns of them as Composer's: `*` matches anything, letters of either case are the same.
package struct NameSelection: Equatable, Sendable {
    package var names: Set<String> = []
    package var patterns: [String] = []

    package init(names: Set<String> = [], patterns: [String] = []) {
        self.names = names
        self.patterns = patterns
    }
}
