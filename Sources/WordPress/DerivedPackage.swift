/// One object of the bucket and its content.
package struct DerivedDocument: Equatable, Sendable {
    /// The key: `p2/wp-plugin/akismet.json`.
    package var path: String
    package var bytes: [UInt8]
    /// Whether there is any version in it.
    package var hasVersions: Bool

    package init(path: String, bytes: [UInt8], hasVersions: Bool = true) {
        self.path = path
        self.bytes = bytes
        self.hasVersions = hasVersions
    }
}

/// Both documents of a package and what happened to its tags on the way.
package struct DerivedPackage: Sendable {
    /// All versions but the dev ones.
    package var main: DerivedDocument
    /// The dev versions, under `…~dev.json`.
    package var dev: DerivedDocument
    /// The newest stable version in `main` as its tag spells it; nil when there is none.
    package var latestVersion: String?
    /// Versions in both documents.
    package var versionCount: Int
    /// Tags left out because they are no version, or their link is no HTTP URL.
    package var invalidTags: Int
    /// Stable tags left out because they are above the published version.
    package var heldBackTags: Int
    /// Tags left out because another one normalises to the same version.
    package var collidingTags: Int
}
