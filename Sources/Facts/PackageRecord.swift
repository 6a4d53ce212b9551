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
    package var revision: Int64
    /// When it was changed, milliseconds since 1970 in UTC.
    package var dateMilliseconds: Int64?
    package var paths: [PathRecord]
    /// What became of the folders above the paths.
    package var folders: [FolderChange]

    package init(
        key: String,
        revision: Int64,
        dateMilliseconds: Int64?,
        paths: [PathRecord] = [],
        folders: [FolderChange] = []
    ) {
        self.key = key
        self.revision = revision
        self.dateMilliseconds = dateMilliseconds
        self.paths = paths
        self.folders = folders
    }
}
