import Upstream

/// A stretch of log as it is read, maybe with several requests: what of its items can be taken in, and how.
struct LogStretch {
    let start: Int64
    /// The youngest revision as another request told it.
    let bound: Int64
    /// Items that are asked for.
    let limit: Int
    var answer = LogAnswer()
    /// Items whose revision is not above that of one before them.
    private var misplaced = 0
    private var accepted = 0

    init(start: Int64, bound: Int64, limit: Int) {
        self.start = start
        self.bound = bound
        self.limit = limit
    }

    /// The revision to go on from.
    var next: Int64 { self.answer.highestRevision?.nextRevision ?? self.start }

    mutating func take(_ item: LogItem, _ label: RequestLabel, _ onItem: (LogItem) throws -> Void) throws {
        // More than was asked for is left to the next stretch.
        guard self.answer.items < self.limit else { return }
        self.answer.items += 1
        if item.revision > self.bound {
            self.answer.unconfirmed += 1
            self.answer.highestUnconfirmed = max(item.revision, self.answer.highestUnconfirmed ?? item.revision)
        } else if item.revision >= self.next {
            try onItem(item)
            self.answer.highestRevision = item.revision
            self.accepted += 1
        } else {
            if item.revision >= 0 { self.misplaced += 1 }
            try self.refuseDisorder(label)
            // Where it belongs can't be told: after the one before it. The next one may have the same revision.
            if self.next <= self.bound { try onItem(item.withoutFacts(at: self.next)) }
        }
    }

    /// To be called when the report was read to its end.
    mutating func finish(_ label: RequestLabel) throws {
        self.answer.isAtEnd = self.answer.items < self.limit
        // As many as were asked for, and none that says where to go on.
        guard self.answer.highestRevision == nil, !self.answer.isAtEnd, self.answer.unconfirmed == 0 else { return }
        throw label.error(
            .malformed,
            "none of \(self.answer.items) items from revision \(self.start) on has a revision that can be used",
            isRetryable: true
        )
    }

    /// A stray item is one; a report that is not in order as a whole would move the cursor past what it has not shown.
    private func refuseDisorder(_ label: RequestLabel) throws {
        guard self.misplaced > self.accepted else { return }
        throw label.error(
            .malformed,
            "the report from revision \(self.start) on is out of order: \(self.misplaced) of \(self.answer.items) items "
                + "are not above those before them",
            isRetryable: false
        )
    }
}
