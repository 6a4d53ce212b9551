import Composer
import Facts
import FoundationEssentials
import Logging
import Store
import Upstream
import WordPress

extension SourceIntake {
    /// Compares with the full listing.
    ///
    /// A cut, empty, shrunken or swollen one changes nothing.
    ///
    /// - Throws: ``GuardRefusal``.
    func reconcile(_ known: Source) async throws {
        let scope = self.context.settings.only?.digest(of: self.source)
        // A listing that is what it was has nothing new only for those slugs that it was looked through for.
        let mayBeKnown =
            !self.context.options.isForced && !self.stage.configuration.reconciles && known.listingScope == scope
        let most = self.mostEntries(known)
        var listed = KeyList()
        var (entries, leftOut) = (0, 0)
        let answer: DirectoryListing
        do {
            answer = try await self.repository.readListing(ifNoneMatch: mayBeKnown ? known.listingETag : nil) { entry in
                entries += 1
                if entries > most { throw self.swollen(most, known) }
                guard self.isUsable(entry.name) else {
                    leftOut += 1
                    return
                }
                if self.isTracked(entry.name) { listed.append(entry.name) }
            }
        } catch let error as UpstreamError where [.truncated, .malformed, .lineTooLong, .tooLarge].contains(error.code)
        {
            throw GuardRefusal("\(error); nothing was changed because of it")
        }
        guard case .complete(let revision, let etag, _) = answer else {
            try await self.context.store.recordUnchangedListing(source: self.source.rawValue, run: self.run)
            self.note("\(self.source.rawValue): the listing is unchanged")
            return
        }
        self.context.counters.add("listing_entries", entries)
        self.context.counters.add("slugs_left_out", leftOut)
        try self.guardAgainstShrinking(to: entries, known)
        listed.sort()
        if self.context.settings.only != nil { self.warnOfUnlisted(listed) }
        let (appeared, vanished) = try await self.context.store.reconcile(
            with: listed,
            as: ListingSummary(
                count: Int64(entries),
                etag: etag,
                scope: scope,
                backfillFrom: self.missing(between: revision, and: known)
            ),
            source: self.source.rawValue,
            run: self.run,
            leaseMilliseconds: self.context.settings.leaseMilliseconds,
            isTracked: { self.isTracked($0) },
            name: self.packageName
        )
        self.context.counters.add("packages_new", appeared)
        self.context.counters.add("packages_vanished", vanished)
        self.context.progress.advance(by: entries, metadata: ["listing_revision": "\(revision)"])
        self.note(
            "\(self.source.rawValue): listing of revision \(revision) has \(entries.grouped) directories, "
                + "\(appeared.grouped) new, \(vanished.grouped) vanished"
        )
    }

    /// Where the log begins that a first listing lacks, and that is not known either; nil where there is none.
    private func missing(between listing: Int64, and known: Source) -> Position? {
        guard known.listingCount == nil, known.backfill == nil else { return nil }
        guard let first = known.logFrom?.revision.map({ $0 &- 1 }) ?? known.cursor?.revision, first > listing
        else { return nil }
        // A replica that lags is some revisions behind; a title that says more than that is not worth the log.
        let missed = (known.logFrom ?? known.cursor)?.revision.map { $0.subtractingReportingOverflow(listing) }
        guard let missed, !missed.overflow, missed.partialValue <= Self.mostMissed else { return nil }
        return Position(revision: max(1, listing &+ 1))
    }

    /// Revisions that a first listing may be behind the log for them to be read.
    private static let mostMissed: Int64 = 10_000
    /// More names than there will be, and as many as memory takes with ease.
    private static let mostEntries = 1_000_000
    /// Names that a listing may always have more than the one before.
    private static let freeGrowth = 100

    // MARK: Guards

    /// How many names a listing may have.
    private func mostEntries(_ known: Source) -> Int {
        // A curated set takes no more than its own out of it, and a first listing has nothing to be compared with.
        guard let before = known.listingCount.map(Int.init), before > 0, self.context.settings.only == nil,
            !self.context.options.isForced
        else { return Self.mostEntries }
        let percent = Double(self.stage.configuration.maxGrowthPercent)
        return Int(min(Double(Self.mostEntries), Double(before) * (1 + percent / 100) + Double(Self.freeGrowth)))
    }

    private func swollen(_ most: Int, _ known: Source) -> GuardRefusal {
        guard most < Self.mostEntries, let before = known.listingCount.map(Int.init) else {
            return GuardRefusal(
                "the listing has more than \(Self.mostEntries.grouped) directories; nothing was changed because of it"
            )
        }
        return GuardRefusal(
            "the listing has more than \(most.grouped) directories where the last one had \(before.grouped): over "
                + "\(self.stage.configuration.maxGrowthPercent)% and \(Self.freeGrowth) more; nothing was changed because "
                + "of it. If this is right, run discover --reconcile --force once"
        )
    }

    private func guardAgainstShrinking(to entries: Int, _ known: Source) throws {
        guard !self.context.options.isForced else { return }
        guard let before = known.listingCount, before > 0 else {
            if entries == 0 { throw GuardRefusal("the listing is empty; nothing was changed because of it") }
            return
        }
        let lost = Double(before - Int64(entries))
        guard lost * 100 > Double(before) * Double(self.stage.configuration.maxShrinkPercent) else { return }
        throw GuardRefusal(
            "the listing has \(entries.grouped) directories where the last one had \(Int(before).grouped): more than "
                + "\(self.stage.configuration.maxShrinkPercent)% fewer; nothing was changed because of it. If this is "
                + "right, run discover --reconcile --force once"
        )
    }

    private func isUsable(_ slug: String) -> Bool {
        PackageName.isAskable(slug: slug)
            && PackageName.isValid(self.context.settings.derivation.name(type: self.source.type, slug: slug))
    }

    private func warnOfUnlisted(_ listed: KeyList) {
        guard let wanted = self.context.settings.only?.slugsOfSource[self.source] else { return }
        for slug in wanted.sorted() where !listed.contains(slug) {
            self.note("\(self.source.rawValue): --only names '\(slug)', which upstream does not have")
        }
    }
}
