package import Facts
package import Store

/// What pages, answers and metrics need to know of the settings.
package struct PageSettings: Sendable {
    /// Where `serve` is reached; nil where nobody knows.
    package var publicURL: String?
    package var closedPolicy: ClosedPolicy
    /// What only their kinds know of the sources.
    package var sources: [SourcePages]
    /// The same sources in their order, as far as it matters for who owns which names.
    package var owning: [OwningSource]
    package var version: String
    /// How long ago the last successful `discover` and `sync` may be for `/readyz`; 0 is not checked.
    package var readyMaxLagSeconds: Int
    /// There is no bucket: `serve` publishes, and `sync` never runs.
    package var publishesItself: Bool
    /// Bytes that all archives together may have; nil is any number.
    package var archiveBudgetBytes: Int64?
    /// Feeds of advisories that are read, in their order.
    package var advisoryFeeds: [SourceName]
    /// Whether readers are asked for a user and a password, and whether for a token; of both, either will do.
    package var asksPassword: Bool
    package var asksToken: Bool

    package init(
        publicURL: String? = nil,
        closedPolicy: ClosedPolicy = .remove,
        sources: [SourcePages] = [],
        owning: [OwningSource] = [],
        version: String = "unknown",
        readyMaxLagSeconds: Int = 0,
        publishesItself: Bool = false,
        archiveBudgetBytes: Int64? = nil,
        advisoryFeeds: [SourceName] = [],
        asksPassword: Bool = false,
        asksToken: Bool = false
    ) {
        self.publicURL = publicURL
        self.closedPolicy = closedPolicy
        self.sources = sources
        self.owning = owning
        self.version = version
        self.readyMaxLagSeconds = readyMaxLagSeconds
        self.publishesItself = publishesItself
        self.archiveBudgetBytes = archiveBudgetBytes
        self.advisoryFeeds = advisoryFeeds
        (self.asksPassword, self.asksToken) = (asksPassword, asksToken)
    }

    func source(_ name: String) -> SourcePages? { self.sources.first { $0.name == name } }

    /// The sources whose packages are of a Composer type, such as `library`, or of one that ends with that word.
    func sources(ofType type: String) -> [String] {
        self.sources.filter { $0.packageType == type || $0.packageType.hasSuffix("-\(type)") }.map(\.name)
    }

    /// The stages that are to run.
    var stages: [Stage] { self.publishesItself ? [.discover, .update] : Stage.allCases }

    /// How long a stage may be silent before the pages call it stale.
    var staleAfterMilliseconds: Int64 {
        self.readyMaxLagSeconds > 0 ? Int64(self.readyMaxLagSeconds) * 1_000 : 3 * 3_600_000
    }
}

/// What is told of a source's packages beside what the database holds.
package struct SourcePages: Sendable {
    package var name: String
    /// What Composer calls them, such as `library`.
    package var packageType: String
    /// Where upstream shows a package to people; nil where it does not.
    package var page: @Sendable (_ key: String) -> String?
    /// Where its code is.
    package var repository: @Sendable (_ key: String) -> String?
    /// What its stored payload tells beside the documents; nil where these tell it all.
    package var profile: (@Sendable (_ parts: [PayloadPart], _ key: String) throws -> PackageProfile)?

    package init(
        name: String,
        packageType: String,
        page: @escaping @Sendable (_ key: String) -> String? = { _ in nil },
        repository: @escaping @Sendable (_ key: String) -> String? = { _ in nil },
        profile: (@Sendable (_ parts: [PayloadPart], _ key: String) throws -> PackageProfile)? = nil
    ) {
        self.name = name
        self.packageType = packageType
        self.page = page
        self.repository = repository
        self.profile = profile
    }
}
