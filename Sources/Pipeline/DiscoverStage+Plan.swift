import Facts
import Store
import Upstream
import WordPress

extension DiscoverStage {
    /// What there is to do for one source.
    struct Plan: CustomStringConvertible {
        /// Revisions after the cursor.
        var readsLog: Bool
        var reconciles: Bool
        /// The first revision of a log to read where there is no cursor yet.
        var startsAt: Int64?
        /// An older stretch of log to add: from a revision up to the one before the known log.
        var backfill: ClosedRange<Int64>?
        /// Whether the cursor is ahead of upstream and to be set back.
        var resetsCursor = false
        let youngest: Int64
        let cursor: Int64?

        /// - Parameter scope: Names the slugs that are tracked; nil for all.
        init(known: Source?, youngest: Int64, scope: String?, configuration: Configuration) {
            self.youngest = youngest
            self.cursor = known?.cursor?.revision
            let interval = configuration.reconcileInterval.inMilliseconds
            let age = known.flatMap { source in source.reconciledAtMilliseconds.map { source.readAtMilliseconds - $0 } }
            // A slug that is newly tracked may have been there all the time.
            self.reconciles =
                configuration.reconciles || configuration.resetsCursor || (age.map { $0 >= interval } ?? true)
                || known?.listingScope != scope
            guard let known, let cursor = known.cursor?.revision else {
                self.startsAt = configuration.fromRevision.map { max(1, $0) }
                self.readsLog = self.startsAt != nil
                return
            }
            self.resetsCursor = configuration.resetsCursor && cursor > youngest
            self.readsLog = youngest > cursor
            self.backfill = Self.backfill(known, cursor, configuration)
        }

        /// What of the log before the known one is wanted, from where a backfill that was begun has come to.
        private static func backfill(
            _ known: Source,
            _ cursor: Int64,
            _ configuration: Configuration
        ) -> ClosedRange<Int64>? {
            guard let wanted = configuration.fromRevision.map({ max(1, $0) }) ?? known.backfill?.from.revision else {
                return nil
            }
            let knownFrom = known.logFrom?.revision ?? cursor.nextRevision
            let begun = known.backfill.flatMap { $0.from.revision == wanted ? $0.cursor?.revision : nil }
            let from = begun?.nextRevision ?? wanted
            return wanted < knownFrom && from < knownFrom ? from...(knownFrom - 1) : nil
        }

        var isAnything: Bool { self.readsLog || self.reconciles || self.backfill != nil }
        var isUnchanged: Bool { self.cursor == self.youngest }

        var description: String {
            var parts: [String] = []
            if self.resetsCursor, let cursor {
                parts.append("set the cursor back from \(cursor) to \(self.youngest) or less")
            }
            if self.readsLog {
                let from = self.cursor?.nextRevision ?? self.startsAt ?? self.youngest
                parts.append("read the log from revision \(from) to \(self.youngest)")
            }
            if self.reconciles { parts.append("compare with the full listing") }
            if let backfill { parts.append("add the log from \(backfill.lowerBound) to \(backfill.upperBound)") }
            return parts.joined(separator: ", then ")
        }
    }
}

extension Position {
    init(revision: Int64) { self.init(String(revision)) }

    var revision: Int64? { Int64(self.text) }
}
