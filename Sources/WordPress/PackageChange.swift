import Composer
package import Facts

/// What a stretch of the change log means for one package.
package struct PackageChange: Equatable, Sendable {
    /// The highest revision that touched anything which can change the package.
    package var revision: Int64
    /// When that revision was made, milliseconds since 1970 in UTC.
    package var dateMilliseconds: Int64?
    /// What the log said of the paths that can be installed: `trunk` and `tags/1.2.3` for plugins, `1.2.3` for themes.
    package private(set) var paths: [String: PathHistory] = [:]
    /// What became of the folders above them, by revision and prefix; the newest ones of each.
    package private(set) var folders: [FolderChange] = []

    package init(revision: Int64, dateMilliseconds: Int64? = nil) {
        self.revision = revision
        self.dateMilliseconds = dateMilliseconds
    }

    /// Applies what a revision did.
    ///
    /// - Returns: Of how many more paths something is known now.
    mutating func apply(_ touch: SlugTouch, _ item: LogItem) -> Int {
        let before = self.paths.count
        if item.revision >= self.revision {
            self.revision = item.revision
            self.dateMilliseconds = item.dateMilliseconds
        }
        for (prefix, content) in touch.folders {
            self.folders.append(
                FolderChange(
                    prefix: prefix,
                    revision: item.revision,
                    dateMilliseconds: item.dateMilliseconds,
                    content: content
                )
            )
        }
        if self.folders.count > 4 * FolderChange.maxKept { self.folders = FolderChange.newest(of: self.folders) }
        let event = PathHistory.Event(revision: item.revision, dateMilliseconds: item.dateMilliseconds)
        for (path, kind) in touch.events {
            self.paths[path] = PathHistory(
                last: event,
                isRemoved: kind == .removed,
                appeared: kind == .appeared ? event : self.paths[path]?.appeared
            )
        }
        return self.paths.count - before
    }
}
