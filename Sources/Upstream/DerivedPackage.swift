package import Composer
package import Facts

/// One object of the bucket and its content.
package struct DerivedDocument: Equatable, Sendable {
    /// The key: `p2/acme/site-kit.json`.
    package var path: String
    package var bytes: [UInt8]
    /// The part of the payload that has the same bytes: they are kept once.
    package var part: String?
    /// Whether there is any version in it.
    package var hasVersions: Bool

    package init(path: String, bytes: [UInt8], part: String? = nil, hasVersions: Bool = true) {
        self.path = path
        self.bytes = bytes
        self.part = part
        self.hasVersions = hasVersions
    }
}

/// What a kind derives from a package; what becomes of that under the repository's own policies is decided afterwards.
package struct DerivedPackage: Sendable {
    package var documents: [DerivedDocument]
    /// The newest stable version as it is published; nil when there is none.
    package var latestVersion: String?
    /// The keys of packages of the same source that this one needs, where the source follows them
    /// (``UpstreamSource/requirementLimit``).
    package var requires: [String] = []
    /// What the documents say by the lists of `filter`.
    package var filters: [FilterEntry] = []
    /// Versions of the releases' document that are published only with archives of ours, as they are written, by their
    /// normal form; none where no archives of the package are kept (``KnownPackage/ownVersions``).
    package var ownVersions: [String: String] = [:]
    /// What happened to its versions on the way, by the name of its counter.
    package var counts: [(name: Counter, count: Int)]

    package init(documents: [DerivedDocument], latestVersion: String?, counts: [(name: Counter, count: Int)] = []) {
        self.documents = documents
        self.latestVersion = latestVersion
        self.counts = counts
    }
}
