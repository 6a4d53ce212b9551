/// One Composer repository as an upstream: `composer:NAME`.
package struct RepositorySettings: Equatable, Sendable {
    /// What follows `composer:`.
    package var name: String
    /// Where its `packages.json` is below, or a URL whose path has `.json`; without credentials, and without a slash at
    /// its end.
    package var url: String
    package var authentication: RepositoryAuthentication?
    /// What is fetched of it; nil is everything.
    package var only: NameSelection?
    /// What is neither fetched nor owned.
    package var exclude = NameSelection()
    /// Whether what the packages of ``only`` require is fetched too, and what that requires.
    package var requires = false
    /// How many packages are fetched at most only because others require them.
    package var requireLimit = 20_000
    /// Requests a second, 0 for no limit; nil for what the command says.
    package var requestsPerSecond: Double?
    /// Most requests at once; nil for what the command says.
    package var concurrency: Int?
    /// Seconds in which each package is looked at once where upstream does not tell what changes.
    package var periodSeconds: Int?

    package init(name: String, url: String) {
        self.name = name
        self.url = url
    }

    /// Whether a package is fetched for its own sake: what others require besides, ``requires`` says.
    package func selects(_ name: String) -> Bool {
        (self.only?.matches(name) ?? true) && !self.exclude.matches(name)
    }
}
