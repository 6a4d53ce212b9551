package import Facts

/// What is known of one upstream.
package struct Source: Sendable, Equatable {
    package var name: SourceName
    /// How far it was fully taken in; nil before the first run.
    package var cursor: Position?
    package var cursorAtMilliseconds: Int64?
    /// Facts are complete from here up to the cursor; nil when no changes were read.
    package var logFrom: Position?
    /// A backfill of older changes that was begun: where it starts, and how far it has come.
    package var backfill: (from: Position, cursor: Position?)? {
        self.backfillFrom.map { ($0, self.backfillCursor) }
    }
    package var reconciledAtMilliseconds: Int64?
    /// Whether changes were passed over of which only a listing tells.
    package var wantsListing: Bool
    package var listingCount: Int64?
    package var listingETag: String?
    /// Which keys the last listing was looked through for; nil for all of them.
    package var listingScope: String?
    /// When a listing was first taken in with the vendors that it gives the source; nil before that.
    package var vendorsAtMilliseconds: Int64?
    /// Since when upstream says that it is before the cursor; nil when it does not.
    package var behindSinceMilliseconds: Int64?
    /// Since when no run has taken the source in without trouble; nil when the last one did.
    package var failingSinceMilliseconds: Int64?
    /// Since when upstream refuses to tell what came after the cursor; nil when it does not.
    package var refusedSinceMilliseconds: Int64?
    /// The run that holds the source now; nil when nobody does.
    package var leasedBy: RunID?
    /// The database's clock when this was read.
    package var readAtMilliseconds: Int64

    var backfillFrom: Position?
    var backfillCursor: Position?
}

/// What a listing showed, as it is remembered for the next one.
package struct ListingSummary: Sendable, Equatable {
    package var count: Int64
    package var etag: String?
    /// Names the keys that it was looked through for; nil for all of them.
    package var scope: String?
    /// The first of the changes that are missing between the listing and those that are known; nil for none.
    package var backfillFrom: Position?

    package init(count: Int64, etag: String?, scope: String?, backfillFrom: Position? = nil) {
        self.count = count
        self.etag = etag
        self.scope = scope
        self.backfillFrom = backfillFrom
    }
}
