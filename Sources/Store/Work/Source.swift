/// What is known of one upstream.
package struct Source: Sendable, Equatable {
    package var name: String
    /// The last Subversion revision that was fully taken in; nil before the first run.
    package var cursor: Int64?
    package var cursorAtMilliseconds: Int64?
    /// Facts from the log are complete from this revision up to the cursor; nil when none was read.
    package var logFrom: Int64?
    /// A backfill of older log that was begun: its first revision, and the last one that it has taken in.
    package var backfill: (from: Int64, cursor: Int64?)? {
        self.backfillFrom.map { ($0, self.backfillCursor) }
    }
    package var reconciledAtMilliseconds: Int64?
    package var listingCount: Int64?
    package var listingETag: String?
    /// Which keys the last listing was looked through for; nil for all of them.
    package var listingScope: String?
    /// Since when upstream says that its youngest revision is below the cursor; nil when it does not.
    package var behindSinceMilliseconds: Int64?
    /// Since when no run has taken the source in without trouble; nil when the last one did.
    package var failingSinceMilliseconds: Int64?
    /// The run that holds the source now; nil when nobody does.
    package var leasedBy: Int64?
    /// The database's clock when this was read.
    package var readAtMilliseconds: Int64

    var backfillFrom: Int64?
    var backfillCursor: Int64?
}

/// What a listing showed, as it is remembered for the next one.
package struct ListingSummary: Sendable, Equatable {
    package var count: Int64
    package var etag: String?
    /// Names the keys that it was looked through for; nil for all of them.
    package var scope: String?
    package var revision: Int64

    package init(count: Int64, etag: String?, scope: String?, revision: Int64) {
        self.count = count
        self.etag = etag
        self.scope = scope
        self.revision = revision
    }
}
