/// What a stretch of the change log means for one package.
package struct PackageChange: Equatable, Sendable {
    /// The highest revision that touched anything which can change the package.
    package var revision: Int64
    /// When that revision was made, milliseconds since 1970 in UTC.
    package var dateMilliseconds: Int64?
    /// Prefix (empty for the whole package, or `tags/`) and the last revision in which everything below it went away,
    /// before what `facts` says of that and later revisions.
    package private(set) var cleared: [String: Int64] = [:]
    /// What the log said of each path, without what `cleared` does to it.
    private var said: [String: PathChange] = [:]

    package init(revision: Int64, dateMilliseconds: Int64? = nil) {
        self.revision = revision
        self.dateMilliseconds = dateMilliseconds
    }

    /// How the paths that can be installed ended up: `trunk` and `tags/1.2.3` for plugins, `1.2.3` for themes.
    ///
    /// Made of all of them at each call.
    package var facts: [String: PathChange] {
        self.cleared.isEmpty
            ? self.said : self.said.reduce(into: [:]) { $0[$1.key] = self.current($1.value, of: $1.key) }
    }

    /// Applies what a revision did.
    ///
    /// - Returns: Of how many more paths something is known now.
    mutating func apply(_ touch: SlugTouch, _ item: LogItem) -> Int {
        let before = self.said.count
        if item.revision >= self.revision {
            self.revision = item.revision
            self.dateMilliseconds = item.dateMilliseconds
        }
        for prefix in touch.cleared { self.cleared[prefix] = item.revision }
        for (path, event) in touch.events {
            let known = self.said[path]
            var change = PathChange(revision: item.revision, dateMilliseconds: item.dateMilliseconds)
            switch event {
            case .appeared:
                change.appeared = PathChange.Appearance(
                    revision: item.revision,
                    dateMilliseconds: item.dateMilliseconds
                )
            case .removed: change.removed = true
            case .touched: change.appeared = known.flatMap { self.current($0, of: path).appeared }
            }
            self.said[path] = change
        }
        return self.said.count - before
    }

    /// What became of `change`: that it was cleared is found out when it is asked for, because doing it to each path at
    /// each clearing would cost the product of both.
    private func current(_ change: PathChange, of path: String) -> PathChange {
        var change = change
        for (prefix, revision) in self.cleared
        where !change.removed && change.revision < revision && path.utf8.starts(with: prefix.utf8) {
            change.removed = true
            change.appeared = nil
        }
        return change
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
