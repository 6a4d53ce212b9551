/// One revision of the change log.
package struct LogItem: Equatable, Sendable {
    /// Why an item says no more than which directories of the top level it touched.
    package enum Defect: Sendable {
        /// More than is held of one item.
        case oversized
        /// Something in it can't be read, or it comes where it can't belong.
        case damaged
    }

    /// -1 where it can't be read.
    package var revision: Int64
    /// When it was made, milliseconds since 1970 in UTC; nil when the revision has no readable date.
    package var dateMilliseconds: Int64?
    /// What it touched, in no particular order; nothing for an empty revision.
    ///
    /// Of the paths below one folder of the third level one is in here, since the others say the same.
    package var paths: [LogPath]
    package var defect: Defect?
    /// Paths that were left out because they are too long or can't be read; their directories are in `paths`.
    package var droppedPaths = 0

    package init(revision: Int64, dateMilliseconds: Int64? = nil, paths: [LogPath] = []) {
        self.revision = revision
        self.dateMilliseconds = dateMilliseconds
        self.paths = paths
    }
}

/// One path that a revision touched.
package struct LogPath: Equatable, Sendable {
    package enum Action: Sendable {
        case added, modified, deleted, replaced
    }

    /// Where a path was copied from.
    package struct CopySource: Equatable, Sendable {
        package var path: String
        package var revision: Int64

        package init(path: String, revision: Int64) {
            self.path = path
            self.revision = revision
        }
    }

    /// With a leading slash; bytes that are no UTF-8 are replaced by U+FFFD.
    package var path: String
    package var action: Action
    /// nil when the log does not say.
    package var isDirectory: Bool?
    package var copyFrom: CopySource?

    package init(path: String, action: Action, isDirectory: Bool? = nil, copyFrom: CopySource? = nil) {
        self.path = path
        self.action = action
        self.isDirectory = isDirectory
        self.copyFrom = copyFrom
    }
}

/// What reading a stretch of the change log came to.
package struct LogAnswer: Equatable, Sendable {
    /// The highest revision that was returned; nil when there was none.
    package var highestRevision: Int64?
    package var items = 0
    /// Items that were passed over because their revision is above the bound.
    package var unconfirmed = 0
    /// The highest revision of them.
    package var highestUnconfirmed: Int64?
    /// Bytes of the reports, after decompression.
    package var bytes = 0
    /// Whether the log ends here, as the server that answered knows it.
    package var isAtEnd = false

    package init(highestRevision: Int64? = nil, items: Int = 0, bytes: Int = 0, isAtEnd: Bool = false) {
        self.highestRevision = highestRevision
        self.items = items
        self.bytes = bytes
        self.isAtEnd = isAtEnd
    }
}
