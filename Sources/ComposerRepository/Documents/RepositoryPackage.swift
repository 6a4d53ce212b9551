package import Composer
package import Facts

/// What upstream gave of one package, as it is published: a pure function of upstream's bytes.
///
/// Documents are upstream's, byte for byte, unless one of the declared rewritings applies; each is counted. They are:
/// notices (`warning`, `info`, `warnings`, `infos`) are taken out, and advisories and lists of `filter` where they can't stay;
/// versions that would end a client's whole update are left out; `version_normalized` is added where there is none;
/// branches go into the document of branches; and where upstream has no other than that one, one without versions is put
/// beside it, as Packagist and Satis have it.
package struct RepositoryPackage: Sendable {
    /// That of the releases.
    package var main: RepositoryDocument
    /// That of the branches.
    package var dev: RepositoryDocument
    /// What the first version says that the package is.
    package var description: String?
    /// The newest stable version as it is published; nil when there is none.
    package var latestVersion: String?
    /// What the documents say by the lists of `filter`.
    package private(set) var filters: [FilterEntry] = []
    /// When the newest version was made, in seconds since 1970; nil when none says it.
    package var newestSeconds: Int64?
    /// What was left out or rewritten, by the name of its counter; what did not occur is not in it.
    package var counts: [(name: Counter, count: Int)]

    package var versionCount: Int { self.main.versionCount + self.dev.versionCount }

    /// Reads the documents below `metadata-url`.
    ///
    /// - Parameters:
    ///   - name: Of the package, in lower case.
    ///   - main: `NAME.json`; nil where upstream has none.
    ///   - dev: `NAME~dev.json`; nil where upstream has none.
    /// - Throws: ``UnreadableDocument``.
    package init(name: String, main: [UInt8]?, dev: [UInt8]?, policies: PolicySections = .cut) throws {
        let keepsPolicies = policies == .kept
        let main = try main.map { bytes in
            try JudgedDocument(
                DocumentScan(
                    bytes,
                    of: Array(name.utf8),
                    label: name,
                    keepsPolicies: keepsPolicies,
                    keepsFilters: true
                ),
                name: name,
                addsNames: false
            )
        }
        let devLabel = DocumentName.dev(of: name).text
        let dev = try dev.map { bytes in
            try JudgedDocument(
                DocumentScan(
                    bytes,
                    of: Array(name.utf8),
                    label: devLabel,
                    keepsPolicies: keepsPolicies,
                    keepsFilters: true
                ),
                name: name,
                addsNames: false
            )
        }
        var rewriter = DocumentRewriter(name: name)
        var published = (main: try rewriter.main(main), dev: try rewriter.dev(dev, branchesOf: main))
        // By it lists, followers and Composer know the package: without it its branches are not found, and nobody is told
        // that its releases are gone.
        if main == nil, published.dev.content != .none { published.main = rewriter.mainWithoutVersions() }
        try self.init(main: published.main, dev: published.dev, documents: [main, dev], tally: rewriter.tally)
    }

    /// Reads a file that holds the versions of every stability: a document of a provider tree, or an include.
    ///
    /// Versions count by the name that stands in them, whatever name they are below; one without a name by the name that
    /// it is below. Advisories and filters have no place in what is made of it.
    ///
    /// - Throws: ``UnreadableDocument``.
    package init(name: String, document: [UInt8]) throws {
        let scan = try DocumentScan(
            document,
            of: Array(name.utf8),
            label: name,
            keepsPolicies: false,
            goesByNames: true
        )
        try self.init(name: name, scan: scan, uidsAreUnique: true)
    }

    /// Reads the versions of every stability, a list or a map: what `packages` of an inline repository holds of `name`.
    ///
    /// - Throws: ``UnreadableDocument``.
    package init(name: String, versions: [UInt8]) throws {
        let scan = try DocumentScan(versions: versions, of: Array(name.utf8), label: name)
        try self.init(name: name, scan: scan, uidsAreUnique: false)
    }

    private init(name: String, scan: DocumentScan, uidsAreUnique: Bool) throws {
        let document = try JudgedDocument(scan, name: name, addsNames: true)
        var rewriter = DocumentRewriter(name: name)
        let (main, dev) = try rewriter.split(document, uidsAreUnique: uidsAreUnique)
        try self.init(main: main, dev: dev, documents: [document], tally: rewriter.tally)
    }

    private init(
        main: RepositoryDocument,
        dev: RepositoryDocument,
        documents: [JudgedDocument?],
        tally: DocumentTally
    ) throws {
        self.main = main
        self.dev = dev
        self.counts = tally.counts
        for document in documents {
            guard let document else { continue }
            self.filters += document.scan.filters
            let summary = try VersionSummary(document)
            if self.description == nil { self.description = summary.description }
            if self.latestVersion == nil { self.latestVersion = summary.latestVersion }
            self.newestSeconds = [self.newestSeconds, summary.newestSeconds].compactMap(\.self).max()
        }
    }
}
