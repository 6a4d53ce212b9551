package import Facts

/// Which packages a page lists, and in which order.
package struct PackageQuery: Sendable, Equatable {
    package enum Order: String, Sendable, CaseIterable {
        case installs, updated, name
    }

    /// Words that slug or title hold, whatever their case; none is every package.
    package var words: [String] = []
    package var source: String?
    /// nil is any.
    package var state: PackageState?
    package var order = Order.installs
    package var offset = 0
    package var limit = 50

    package init() {}
}

/// One package as lists show it.
package struct PackageSummary: Sendable, Equatable {
    package var source: String
    package var slug: String
    package var state: PackageState
    package var title: String?
    package var latestVersion: String?
    package var activeInstalls: Int64?
    package var lastUpdatedMilliseconds: Int64?
    package var attempts: Int
}

/// What is known of one package.
package struct PackageDetail: Sendable, Equatable {
    package var summary: PackageSummary
    package var closedDate: String?
    package var closedReason: String?
    package var isClosedPermanently: Bool
    /// The last revision upstream that touched it; 0 when the log that was read does not say.
    package var changedRevision: Int64
    package var changedAtMilliseconds: Int64?
    /// The last revision that `update` has accounted for.
    package var settledRevision: Int64
    package var dueAtMilliseconds: Int64
    package var lastError: String?
    package var discoveredRun: Int64?
    package var updatedRun: Int64?
    /// The documents that were asked for and are known.
    package var documents: [DocumentState]
}

/// What a document should say, and what is live.
package struct DocumentState: Sendable, Equatable {
    /// What the bucket holds.
    package enum Live: Sendable, Equatable {
        case nothing
        /// Between a claim and its stamp nobody can tell.
        case unknown
        /// SHA-256 in hexadecimal digits.
        case hash(String)
    }

    package var path: String
    /// SHA-256 in hexadecimal digits of what it should say; nil when it should not exist.
    package var contentHash: String?
    package var live: Live
    package var changedAtMilliseconds: Int64
    package var deployedAtMilliseconds: Int64?
    package var feedPosition: Int64?
    package var attempts: Int
    package var lastError: String?
    package var dueAtMilliseconds: Int64
    package var updatedRun: Int64?
    package var syncedRun: Int64?

    /// Whether `sync` has work with it.
    package var isDirty: Bool {
        switch self.live {
        case .nothing: self.contentHash != nil
        case .unknown: true
        case .hash(let hash): self.contentHash != hash
        }
    }
}
