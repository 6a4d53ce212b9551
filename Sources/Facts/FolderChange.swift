/// A revision in which a folder that holds versions went away, or was put into place as a copy.
///
/// Of all below it the log says nothing then: what goes, goes along, and what comes back keeps the revision that last
/// changed it.
package struct FolderChange: Hashable, Sendable {
    /// What took the folder's place.
    package enum Content: Hashable, Sendable {
        case nothing
        /// The same folder as it was in that revision.
        case itself(at: Int64)
        /// A copy of something else.
        case another
    }

    /// So many of the newest are kept of each folder: what was before them can't be told from what never was.
    package static let maxKept = 64

    /// What paths in it begin with: nothing for the package's own folder, `tags/`.
    package var prefix: String
    package var revision: Int64
    /// Milliseconds since 1970 in UTC.
    package var dateMilliseconds: Int64?
    package var content: Content

    package init(prefix: String, revision: Int64, dateMilliseconds: Int64?, content: Content) {
        self.prefix = prefix
        self.revision = revision
        self.dateMilliseconds = dateMilliseconds
        self.content = content
    }

    /// In the order in which they came to pass: a folder before those in it, of one revision.
    package static func precedes(_ a: Self, _ b: Self) -> Bool {
        (a.revision, a.prefix.utf8.count) < (b.revision, b.prefix.utf8.count)
    }

    /// The newest ``maxKept`` of each folder.
    package static func newest(of changes: [Self]) -> [Self] {
        var kept: [String: Int] = [:]
        return changes.sorted { self.precedes($1, $0) }.filter { change in
            kept[change.prefix, default: 0] += 1
            return kept[change.prefix, default: 0] <= self.maxKept
        }
    }
}
