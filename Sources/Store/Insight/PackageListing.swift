package import Facts

/// Which packages a list shows, and in which order.
package struct PackageQuery: Sendable, Equatable {
    package enum Order: String, Sendable, CaseIterable {
        case installs, updated, name
        /// Those whose key is the first word, those where it begins with it, then those that are installed more.
        case relevance
    }

    /// Words that key or title hold, whatever their case; what stands before a slash is a vendor.
    package var words: [String] = []
    /// nil is all.
    package var sources: [String]?
    /// nil is any.
    package var state: PackageState?
    /// Only those that Composer finds here.
    package var isPublished = false
    package var order = Order.installs
    package var offset = 0
    package var limit = 50

    package init() {}
}

/// One package as lists show it.
package struct PackageSummary: Sendable, Equatable, Encodable {
    package var source: String
    /// Upstream's own name of it.
    package var key: String
    /// Its Composer name; nil where it has none.
    package var name: String?
    package var state: PackageState
    package var title: String?
    package var latestVersion: String?
    package var activeInstalls: Int64?
    package var lastUpdatedMilliseconds: Int64?
    package var attempts: Int
    /// Installations that were reported, as far back as they are kept.
    package var downloads: Int

    /// What it is called where everything has to be called something.
    package var label: String { self.name ?? "\(self.source)/\(self.key)" }
}

extension PackageState: Encodable {}

extension PackageSummary {
    /// Texts are cut here, too: what is stored may be older than the limits of today.
    static let columns: SQLStatement = """
        packages.source, packages.key, packages.name, packages.state, substr(packages.title, 1, 300) AS title,
        substr(packages.latest_version, 1, 255) AS latest_version, packages.active_installs, packages.last_updated_ms,
        packages.attempts,
        CAST((SELECT coalesce(sum(count), 0) FROM downloads WHERE package_id = packages.id) AS BIGINT) AS downloads
        """

    init(row: SQLRow) throws {
        self.init(
            source: try row["source"],
            key: try row["key"],
            name: try row["name"],
            state: try row["state"],
            title: try row["title"],
            latestVersion: try row["latest_version"],
            activeInstalls: try row["active_installs"],
            lastUpdatedMilliseconds: try row["last_updated_ms"],
            attempts: try row["attempts"],
            downloads: try row["downloads"]
        )
    }
}
