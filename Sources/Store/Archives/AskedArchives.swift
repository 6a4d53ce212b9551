package import Composer
package import Facts

/// What the database knows of the archives of a package that one of them is asked for of.
package struct AskedArchives: Sendable, Equatable {
    package struct Archive: Sendable, Equatable {
        package var id: Int64
        /// The hash of ``UpstreamArchive/identity``.
        package var identity: ContentHash
        /// Normal form.
        package var version: String
        package var type: String
        package var reference: String?
        /// SHA-1 as upstream says it, where it does.
        package var shasum: String?
        /// What is to be had of it; nil where it was not fetched, is gone, or is not known to be the right one.
        package var live: KeptArchive?
    }

    /// A document of it, and whose.
    package struct Document: Sendable, Equatable {
        package var path: String
        package var content: ContentHash
        package var packageID: Int64
    }

    package var archives: [Archive]
    package var documents: [Document]
}

/// An archive in the bucket.
package struct KeptArchive: Sendable, Hashable {
    package var key: String
    /// The hash of its bytes.
    package var content: ContentHash
    /// Bytes.
    package var size: Int64
    /// When it was fetched first, in seconds since 1970.
    package var fetchedAtSeconds: Int64

    package init(key: String, content: ContentHash, size: Int64, fetchedAtSeconds: Int64) {
        self.key = key
        self.content = content
        self.size = size
        self.fetchedAtSeconds = fetchedAtSeconds
    }
}

/// A package as far as one has to know it to say what its archives are.
package struct ArchivedPackage: Sendable, Equatable {
    package var id: Int64
    package var source: SourceName
    package var key: String
    package var name: String
    /// What the log says of it.
    package var facts: LogFacts
    /// Whether upstream's answers are known to show the last change.
    package var isSettled: Bool
}

/// Whether a wanted archive can be fetched now.
package enum ArchiveTurn: Sendable, Equatable {
    /// It may be claimed: the number of its row.
    case due(Int64)
    /// Somebody fetches it.
    case held
    /// It is there, or is not tried before some time has passed, or never.
    case none
}
