import Facts
import Logging
import Store
import Upstream

extension SourceIntake {
    /// Compares with the full listing.
    ///
    /// A cut, empty, shrunken or swollen one changes nothing.
    ///
    /// - Throws: ``GuardRefusal``.
    func reconcile(_ known: Known) async throws {
        let scope = self.selection?.digest
        // A listing that is what it was has nothing new only for those keys that it was looked through for.
        let mayBeKnown =
            !self.context.options.isForced && !self.stage.configuration.reconciles && known.listingScope == scope
            && !(self.recordsVendors && known.vendorsAtMilliseconds == nil)
        let expected = try await self.expectedEntries(known)
        let most = self.mostEntries(expected)
        var listed = KeyList()
        var (entries, leftOut, others) = (0, 0, 0)
        var vendors = NewVendors()
        let (recordsVendors, knownVendors) = (self.recordsVendors, self.knownVendors)
        let answer: ListingAnswer
        do {
            answer = try await self.asker.listing(unlessStill: mayBeKnown ? known.listingETag : nil) { key in
                entries += 1
                if entries > most { throw self.swollen(most, expected) }
                guard self.source.packageName(of: key) != nil else {
                    leftOut += 1
                    return
                }
                if recordsVendors { self.note(key, in: &vendors, known: knownVendors) }
                if self.isTracked(key) {
                    listed.append(key)
                } else if self.source.requirementLimit != nil {
                    listed.append(key)
                    others += 1
                }
            }
        } catch let error as UpstreamError where [.truncated, .malformed, .lineTooLong, .tooLarge].contains(error.code)
        {
            throw GuardRefusal("\(error); nothing was changed because of it")
        }
        guard case .complete(let position, let etag) = answer else {
            try await self.context.store.recordUnchangedListing(source: self.name, run: self.run)
            self.note("the listing is unchanged")
            return
        }
        self.context.counters.add(.listingEntries, entries)
        self.context.counters.add(.namesLeftOut, leftOut)
        try self.guardAgainstShrinking(to: entries, expected)
        if recordsVendors { try await self.record(vendors) }
        listed.sort()
        self.warnOfUnlisted(listed)
        let summary = ListingSummary(
            count: Int64(entries),
            etag: etag,
            scope: scope,
            backfillFrom: position.flatMap { self.missed(since: $0, known) }
        )
        let (appeared, vanished, colliding) = try await self.context.store.reconcile(
            with: listed,
            as: summary,
            source: self.name,
            run: self.run,
            leaseMilliseconds: self.context.settings.leaseMilliseconds,
            // Keys outside a curated set are none of its business.
            isTracked: { [selection = self.selection, tellsOthers = others > 0] in
                // One that names nothing but what is selected tells nothing of what others require.
                tellsOthers || selection?.contains($0) ?? true
            },
            isWanted: { [selection = self.selection] in selection?.contains($0) ?? true },
            rule: self.nameRule
        )
        if recordsVendors, known.vendorsAtMilliseconds == nil {
            try await self.context.store.noteVendorsListed(source: self.name)
        }
        self.context.counters.add(.packagesNew, appeared)
        self.context.counters.add(.packagesVanished, vanished)
        self.context.counters.add(.namesColliding, colliding)
        self.context.progress.advance(by: entries)
        self.note(
            "the listing has \(entries.counted("entry", "entries")), \(appeared.grouped) new, \(vanished.grouped) vanished"
        )
    }

    /// Where the log begins to be missing that a first listing is too old for; nil where nothing is missing.
    ///
    /// A replica that lags is some revisions behind; a listing that says more than that is not worth the log.
    private func missed(since position: Position, _ known: Known) -> Position? {
        guard known.listingCount == nil, let log = self.source.log, let revision = log.number(of: position),
            let begin = known.logFrom.flatMap(log.number).map({ $0 > .min ? $0 - 1 : $0 })
                ?? known.cursor.flatMap(log.number), begin > revision
        else { return nil }
        let missed = begin.subtractingReportingOverflow(revision)
        guard !missed.overflow, missed.partialValue <= ListingLimits.mostMissed else { return nil }
        return log.position(at: max(1, revision + 1))
    }

    // MARK: Guards

    /// How many names a listing would have that tells nothing new, as far as is known; nil before the first one.
    ///
    /// What changes have told of since the last one is no news of this one's: a repository that its feed has let grow, or
    /// shrink, is no mistake of the listing.
    private func expectedEntries(_ known: Known) async throws -> ClosedRange<Int>? {
        guard let before = known.listingCount.map(Int.init), before > 0 else { return nil }
        guard self.source.changesTellAll, self.selection == nil else { return before...before }
        let count = try await self.context.store.packageCount(of: self.name)
        return min(before, count)...max(before, count)
    }

    /// How many names a listing may have.
    private func mostEntries(_ expected: ClosedRange<Int>?) -> Int {
        // A curated set takes no more than its own out of it, and a first listing has nothing to be compared with.
        guard let before = expected?.upperBound, self.selection == nil, !self.context.options.isForced else {
            return ListingLimits.mostEntries
        }
        let percent = Double(self.stage.configuration.maxGrowthPercent)
        return Int(
            min(
                Double(ListingLimits.mostEntries),
                Double(before) * (1 + percent / 100) + Double(ListingLimits.freeGrowth)
            )
        )
    }

    private func swollen(_ most: Int, _ expected: ClosedRange<Int>?) -> GuardRefusal {
        guard most < ListingLimits.mostEntries, let before = expected?.upperBound else {
            return GuardRefusal(
                "the listing has more than \(ListingLimits.mostEntries.grouped) directories; nothing was changed because of it"
            )
        }
        return GuardRefusal(
            "the listing has more than \(most.counted("directory", "directories")) where \(before.grouped) \(before == 1 ? "was" : "were") known: over "
                + "\(self.stage.configuration.maxGrowthPercent)% and \(ListingLimits.freeGrowth) more; nothing was changed because "
                + "of it. If this is right, run discover --reconcile --force once"
        )
    }

    private func guardAgainstShrinking(to entries: Int, _ expected: ClosedRange<Int>?) throws {
        guard !self.context.options.isForced else { return }
        guard let before = expected?.lowerBound, before > 0 else {
            if entries == 0 { throw GuardRefusal("the listing is empty; nothing was changed because of it") }
            return
        }
        guard entries < self.stage.configuration.leastEntries(before: before) else { return }
        throw GuardRefusal(
            "the listing has \(entries.counted("directory", "directories")) where \(before.grouped) \(before == 1 ? "was" : "were") known: more than "
                + "\(self.stage.configuration.maxShrinkPercent)% fewer; nothing was changed because of it. If this is "
                + "right, run discover --reconcile --force once"
        )
    }

    private func warnOfUnlisted(_ listed: KeyList) {
        guard let wanted = self.selection?.keys else { return }
        for key in wanted.sorted() where !listed.contains(key) {
            self.note("'\(key)' is wanted, which upstream does not have")
        }
    }
}

private enum ListingLimits {
    /// Revisions that a first listing may be behind the log for them to be read.
    static let mostMissed: Int64 = 10_000
    /// More names than there will be, and as many as memory takes with ease.
    static let mostEntries = 1_000_000
    /// Names that a listing may always have more than the one before.
    static let freeGrowth = 100
}
