import Composer

/// What an object is to the others, in the order in which they are published.
///
/// Each kind says only what is live of those before it: documents name archives, listings documents, a root listings or
/// patterns of names.
package enum ObjectKind: String, Sendable, CaseIterable, SQLReadable {
    case archive
    case document
    case listing
    case root

    /// What an object of the folders of documents is to the others, by its key.
    ///
    /// Advisories beside packages are no documents of theirs: the feed, which announces what changes of packages, does not
    /// name them.
    package static func ofDocument(_ key: String) -> ObjectKind {
        if key == FilterSummary.path { return .root }
        return key.hasPrefix(TreeFile.folder) || key.hasPrefix(AdvisoryDocument.folder) ? .listing : .document
    }
}

extension SQLStatement.StringInterpolation {
    /// As a literal: the indexes of some kinds are for these alone.
    package mutating func appendInterpolation(_ kind: ObjectKind) {
        self.appendInterpolation(SQLStatement(unsafe: "'\(kind.rawValue)'"))
    }
}
