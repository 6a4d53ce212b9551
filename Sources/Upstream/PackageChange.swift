/// What a stretch of the change log means for one package.
package struct PackageChange: Equatable, Sendable {
    /// The highest revision that touched anything which can change the package.
    package var revision: Int64
    /// When that revision was made, milliseconds since 1970 in UTC.
    package var dateMilliseconds: Int64?
    /// How the paths that can be installed ended up: `trunk` and `tags/1.2.3` for plugins, `1.2.3` for themes.
    package var facts: [String: PathChange] = [:]
    /// Prefix (empty for the whole package, or `tags/`) and the last revision in which everything below it went away,
    /// before what `facts` says of that and later revisions.
    package var cleared: [String: Int64] = [:]

    package init(revision: Int64, dateMilliseconds: Int64? = nil) {
        self.revision = revision
        self.dateMilliseconds = dateMilliseconds
    }
}

/// How a path ended up at the end of a stretch of log.
package struct PathChange: Equatable, Sendable {
    /// When a path came into being.
    package struct Appearance: Equatable, Sendable {
        package var revision: Int64
        package var dateMilliseconds: Int64?

        package init(revision: Int64, dateMilliseconds: Int64? = nil) {
            self.revision = revision
            self.dateMilliseconds = dateMilliseconds
        }
    }

    /// The highest revision that touched it or something in it.
    package var revision: Int64
    package var dateMilliseconds: Int64?
    /// Its last coming into being within the stretch; nil when it was only touched.
    package var appeared: Appearance?
    /// Whether the last thing that happened to it was to go away.
    package var removed: Bool

    package init(revision: Int64, dateMilliseconds: Int64? = nil, appeared: Appearance? = nil, removed: Bool = false) {
        self.revision = revision
        self.dateMilliseconds = dateMilliseconds
        self.appeared = appeared
        self.removed = removed
    }
}
