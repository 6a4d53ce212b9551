package import Composer
package import Facts

/// A package that this run may work on until its lease ends, with what is known of it.
package struct ClaimedPackage: Sendable, Equatable {
    package var id: Int64
    package var source: SourceName
    /// Upstream's own name of it.
    package var key: String
    /// Its Composer name; nil while it has none.
    package var name: String?
    package var state: PackageState
    package var changedRevision: Int64
    package var changedAtMilliseconds: Int64?
    package var mark: String?
    package var settledRevision: Int64
    package var payloadHash: ContentHash?
    package var derivedKey: ContentHash?
    /// Times that upstream was found behind its own log since the last settled revision.
    package var looks: Int
    /// Times that upstream has said that it is gone since it was last said to be there.
    package var doubts: Int
    /// Failed tries since the last success.
    package var attempts: Int
    /// Whether it spoils the batches that it is in.
    package var isSuspect: Bool
    /// Whether a person wants it withdrawn when upstream says once more that it is gone.
    package var isConfirmed: Bool
    /// The `discover` run that last touched it.
    package var discoveredRun: RunID?
    /// Names the claim, see ``Store/lease(_:claim:run:milliseconds:_:)``.
    package var claimNumber: Int64
    package var closure: Closure?
    /// The settings under which its documents were last derived.
    package var format: Int64
    /// What the log says now.
    package var facts: LogFacts
    /// What it said up to the settled revision, which upstream is known to have imported; empty where nothing is newer.
    package var importedFacts: LogFacts
    /// Paths that were gone then.
    package var importedRemovals: Set<String>
    /// Paths that the log says are gone, with the revision; a folder's for all in it that the log has not named.
    package var removedPaths: [String: Int64]
    /// The parts of the stored payload by name; none where it is one part without validators.
    package var parts: [String: KnownPart] = [:]
    /// Whether nobody has needed it for so long that it goes, whatever upstream says of it.
    package var isUnneeded = false
    /// The payload as stored, where the claim asked for it.
    package var payload: StoredPayload?
    /// Grows with every change of ``archives``.
    package var archivesRevision: Int64 = 0
    /// Its archives that documents may name, where the claim asked for them; of several of a version the one that was
    /// fetched last comes last.
    package var archives: [LiveArchive] = []
    /// Bytes that archives have more of, by the hash of their identity, where that was too many.
    package var refusedArchives: [ContentHash: Int64] = [:]
    /// Hashes of the identity of archives that upstream lists and has said for long that it does not have.
    package var absentArchives: Set<ContentHash> = []
    /// What feeds say of it, where the claim asked for that: in the order of the feeds.
    package var advisories: [KnownAdvisory] = []

    /// Of a closed package there are documents also where nothing of it is stored.
    package var mayHaveDocuments: Bool { self.payloadHash != nil || self.derivedKey != nil }
}

/// Which rows a run is about, where an operator has narrowed it.
package struct PackageSelection: Sendable, Equatable {
    /// Keys by source.
    package var keys: [(source: SourceName, key: String)]
    /// Only rows that this run touched.
    package var run: RunID?

    package init(keys: [(source: SourceName, key: String)] = [], run: RunID? = nil) {
        self.keys = keys
        self.run = run
    }

    package var isEverything: Bool { self.keys.isEmpty && self.run == nil }

    package static func == (left: Self, right: Self) -> Bool {
        left.run == right.run && left.keys.elementsEqual(right.keys, by: ==)
    }
}

/// When a package is asked about again.
package enum NextLook: Equatable, Sendable {
    case asPlanned
    /// Not unless something changes.
    case never
    /// Milliseconds from now.
    case after(Int64)
}

/// What `update` found out about a claimed package.
package struct PackageResult: Sendable {
    package var claim: ClaimedPackage
    package var state: PackageState
    package var closure: Closure?
    /// The new payload; nil keeps the one that is stored.
    package var payload: StoredPayload?
    /// What the documents were derived from; nil keeps it.
    package var derivedKey: ContentHash?
    package var format: Int64
    /// Documents with their new content, or nil content for those that should not exist; others of the package go.
    ///
    /// Empty: as they were.
    package var documents: [(path: String, content: Blob?)]
    /// Paths of those documents that have content, and no version in it.
    package var emptyDocuments: [String] = []
    package var title: String?
    package var latestVersion: String?
    package var activeInstalls: Int64?
    package var lastUpdatedMilliseconds: Int64?
    /// Whether upstream has caught up with the revision that was claimed.
    package var isSettled: Bool
    package var looks: Int
    /// See ``ClaimedPackage/doubts``.
    package var doubts = 0
    /// Whether upstream's word settles what the package is: a doubt does not, nor deriving anew what is stored.
    package var isConclusive = true
    /// Keys of packages of its source that it requires; nil keeps those that are known.
    package var requires: [String]?
    /// What its documents say by the lists of `filter`; nil keeps what is known of it.
    package var filters: [FilterEntry]?
    /// The archives that upstream lists of it; nil keeps what is known of them.
    package var archives: [ListedArchive]?
    /// Whether its documents are what is to be derived from the archives that were claimed with it.
    package var isDerived = false
    package var nextLook: NextLook

    package init(
        claim: ClaimedPackage,
        state: PackageState,
        closure: Closure? = nil,
        payload: StoredPayload? = nil,
        derivedKey: ContentHash? = nil,
        format: Int64,
        documents: [(path: String, content: Blob?)] = [],
        title: String? = nil,
        latestVersion: String? = nil,
        activeInstalls: Int64? = nil,
        lastUpdatedMilliseconds: Int64? = nil,
        isSettled: Bool,
        looks: Int,
        nextLook: NextLook
    ) {
        self.claim = claim
        self.state = state
        self.closure = closure
        self.payload = payload
        self.derivedKey = derivedKey
        self.format = format
        self.documents = documents
        self.title = title
        self.latestVersion = latestVersion
        self.activeInstalls = activeInstalls
        self.lastUpdatedMilliseconds = lastUpdatedMilliseconds
        self.isSettled = isSettled
        self.looks = looks
        self.nextLook = nextLook
    }

    /// Whether any of its documents has a version in it.
    var publishesVersions: Bool {
        self.documents.contains { $0.content != nil && !self.emptyDocuments.contains($0.path) }
    }
}
