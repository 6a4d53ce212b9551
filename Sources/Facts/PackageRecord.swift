/// What a stretch of changes says of one path of a package.
package struct PathRecord: Sendable, Equatable {
    package var path: String
    package var history: PathHistory

    package init(path: String, history: PathHistory) {
        self.path = path
        self.history = history
    }
}

/// What a stretch of changes says of one package.
package struct PackageRecord: Sendable, Equatable {
    /// Upstream's own name of it.
    package var key: String
    /// Grows with every change of the package: the number of the revision, or whatever else a kind counts by.
    ///
    /// nil where it counts by nothing: each record is a change, unless ``mark`` tells otherwise.
    package var revision: Int64?
    /// What names the state that the package is in now: where it is the known one, nothing has changed; but a package
    /// that was gone is back, also as what it was.
    ///
    /// One that begins with a plus sign adds to those that no answer has settled yet.
    package var mark: String?
    /// When it was changed, milliseconds since 1970 in UTC.
    package var dateMilliseconds: Int64?
    package var paths: [PathRecord]
    /// What became of the folders above the paths.
    package var folders: [FolderChange]

    package init(
        key: String,
        revision: Int64?,
        mark: String? = nil,
        dateMilliseconds: Int64?,
        paths: [PathRecord] = [],
        folders: [FolderChange] = []
    ) {
        self.key = key
        self.revision = revision
        self.mark = mark
        self.dateMilliseconds = dateMilliseconds
        self.paths = paths
        self.folders = folders
    }
}
