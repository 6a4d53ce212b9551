import Facts
import Resilience
import Store
import Upstream

extension DiscoverStage {
    /// What there is to do for one source.
    struct Plan: CustomStringConvertible {
        /// What came after the cursor.
        var readsChanges: Bool
        var reconciles: Bool
        /// Where to begin to read where there is no cursor yet.
        var startsAfter: Position?
        /// An older stretch to add to the known log.
        var backfill: Backfill?
        /// Whether the cursor is ahead of upstream and to be set back.
        var resetsCursor = false
        /// Whether what upstream tells begins anew, before the cursor.
        var restarts = false
        /// nil where upstream did not tell: then the listing is all that there is.
        let youngest: Position?
        let cursor: Position?

        struct Backfill: Equatable {
            /// The first revision that is wanted.
            var from: Int64
            /// The last one that is known of that.
            var after: Int64
            /// The last one that is not known yet.
            var end: Int64
        }

        /// - Parameters:
        ///   - scope: Names the keys that are tracked; nil for all.
        ///   - recordsVendors: Whether later sources wait for a listing with all its vendors.
        init(
            known: Source?,
            youngest: Position?,
            scope: String?,
            recordsVendors: Bool = false,
            source: some UpstreamSource,
            configuration: Configuration
        ) {
            self.youngest = youngest
            self.cursor = known?.cursor
            let interval = configuration.reconcileInterval.inMilliseconds
            let age = known.flatMap { source in source.reconciledAtMilliseconds.map { source.readAtMilliseconds - $0 } }
            let resets = configuration.resetsCursor && source.log != nil
            // A key that is newly tracked may have been there all the time.
            self.reconciles =
                configuration.reconciles || resets || (age.map { $0 >= interval } ?? true)
                || known?.listingScope != scope || known?.wantsListing ?? false
                || recordsVendors && known?.vendorsAtMilliseconds == nil
            let wanted = source.log == nil ? nil : configuration.fromRevision.map { max(1, $0) }
            guard let youngest else {
                self.readsChanges = false
                return
            }
            guard let known, let cursor = known.cursor else {
                if let wanted { self.startsAfter = source.log?.position(at: wanted - 1) }
                // What the listing told was asked about, and has changed since without anybody's having seen it.
                self.restarts = self.startsAfter == nil && known?.reconciledAtMilliseconds != nil
                self.readsChanges = self.startsAfter != nil || source.changesTellAll
                return
            }
            let isAhead = source.precedes(youngest, cursor)
            self.resetsCursor = resets && isAhead
            self.readsChanges = youngest != cursor && !isAhead
            if let log = source.log { self.backfill = Self.backfill(known, cursor, wanted, log) }
        }

        /// What of the log before the known one is wanted, from where a backfill that was begun has come to.
        private static func backfill(
            _ known: Source,
            _ cursor: Position,
            _ wanted: Int64?,
            _ log: some UpstreamLog
        ) -> Backfill? {
            let begun = known.backfill.flatMap { begun in log.number(of: begun.from).map { ($0, begun.cursor) } }
            guard let from = wanted ?? begun?.0, from > 0, let cursor = log.number(of: cursor) else { return nil }
            let end = known.logFrom.flatMap(log.number).map { $0 > .min ? $0 - 1 : $0 } ?? cursor
            var after = from - 1
            if let begun, begun.0 == from, let taken = begun.1.flatMap(log.number) { after = taken }
            return from <= end && after < end ? Backfill(from: from, after: after, end: end) : nil
        }

        var isAnything: Bool { self.restarts || self.readsChanges || self.reconciles || self.backfill != nil }
        var isUnchanged: Bool { self.cursor == self.youngest }
        /// Whether after it nothing is unseen that upstream told of.
        var readsAll: Bool { self.readsChanges || self.isUnchanged }

        var description: String {
            var parts: [String] = []
            let youngest = self.youngest?.description ?? "nowhere"
            if self.resetsCursor, let cursor {
                parts.append("set the cursor back from \(cursor) to \(youngest) or less")
            }
            if self.restarts {
                parts.append("look at everything again, because what has changed before \(youngest) can't be told")
            }
            if self.readsChanges {
                let after = (self.cursor ?? self.startsAfter).map { "after \($0) " } ?? ""
                parts.append("read the changes \(after)up to \(youngest)")
            }
            if self.reconciles { parts.append("compare with the full listing") }
            if let backfill { parts.append("add the log after \(backfill.after) up to \(backfill.end)") }
            return parts.joined(separator: ", then ")
        }
    }
}
