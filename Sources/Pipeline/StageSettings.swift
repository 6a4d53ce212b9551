import Composer
package import Facts
package import ObjectStorage
package import Upstream

/// What the stages are told.
package struct StageSettings: Sendable {
    /// In their order.
    package var sources: [any UpstreamSource] = []
    /// Asked for with ``only(of:)``, because it need not be about every source.
    package var only: CuratedSet?
    package var publication = Publication()
    /// Whether the database says what becomes of closed packages, because nobody else does; see ``settled(in:)``.
    package var closedPolicyIsDefault = false
    package var archives = ArchiveSettings()
    package var advisories = AdvisorySettings()
    /// The absolute URL of the repository when it does not live at the root of its host.
    package var repositoryURL: String?
    /// Where `serve` is reached, for feed, list, search and reports of installations; nil when it is not.
    package var publicURL: String?
    /// Whether there is a v1 tree beside the documents below `p2/`.
    package var hasProviderTree = false
    package var leaseSeconds = 300
    package var bucket = BucketURL.directory(path: "data/public")
    package var conditions = ConditionMode.auto
    /// Whether objects are stored compressed, with `Content-Encoding: gzip`.
    package var storeGzip = false
    /// The `Cache-Control` header of documents below `p2/`, nil for none.
    package var cacheControlDocuments = ObjectKey.cacheControl(for: "p2/")
    /// The `Cache-Control` header of `packages.json`, nil for none.
    package var cacheControlRoot = ObjectKey.cacheControl(for: "packages.json")

    package init() {}

    package var leaseMilliseconds: Int64 { Int64(self.leaseSeconds) * 1_000 }

    /// Where `serve` tells of advisories, absolute; nil where it is not reached.
    var advisoriesURL: String? {
        guard var url = self.publicURL else { return nil }
        while url.utf8.last == UInt8(ascii: "/") { url.removeLast() }
        return url + "/api/security-advisories/"
    }

    /// What a source is cut down to; nil where it is taken as it is.
    package func only(of source: SourceName) -> CuratedSet? {
        self.only.flatMap { $0.sources.contains(source) ? $0 : nil }
    }

    /// What the names of packages match, by source.
    package var patterns: [(source: SourceName, pattern: String)] {
        self.sources.flatMap { source in source.patterns.map { (source.name, $0) } }
    }

    /// What of a source is tracked; nil is everything.
    package func selection(of source: some UpstreamSource) -> KeySelection? {
        if let own = source.selection { return own }
        let name = source.name
        guard let only = self.only(of: name) else { return nil }
        return KeySelection(digest: only.digest(of: name), keys: only.keysOfSource[name] ?? []) {
            only.contains($0, of: name)
        }
    }

    /// Names all that documents of a source are derived by beside what is known of the package.
    package func fingerprint(of source: some UpstreamSource) -> String {
        let fingerprint = source.fingerprint + "\n" + self.publication.fingerprint
        return fingerprint + (self.archives.policies[source.name].map { "\narchives \($0.fingerprint)" } ?? "")
            + (self.advisories.fingerprint.map { "\nadvisories \($0)" } ?? "")
    }

    /// The `Cache-Control` header that an object is stored with, nil for none.
    package func cacheControl(for key: String) -> String? {
        if key == RootDocument.path || key == AdvisoryDocument.rootPath { return self.cacheControlRoot }
        return key.hasPrefix(DocumentName.folder) || key.hasPrefix(AdvisoryDocument.folder)
            ? self.cacheControlDocuments : ObjectKey.cacheControl(for: key)
    }
}

/// Whether uploads to the bucket name the version that they replace.
package enum ConditionMode: String, Sendable, CaseIterable {
    /// Where the store was found to keep conditions.
    case auto
    case on, off
}
