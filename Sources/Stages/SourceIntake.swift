import Composer
import FoundationEssentials
import Logging
import ServiceLifecycle
import Store
import Synchronization
import Upstream

/// Takes one source in, under its lease.
final class SourceIntake: Sendable {
    private let stage: DiscoverStage
    private let source: SourceName
    private let repository: SubversionRepository
    private let run: Int64
    private let lines = Mutex<[String]>([])

    init(stage: DiscoverStage, source: SourceName, repository: SubversionRepository, run: Int64) {
        self.stage = stage
        self.source = source
        self.repository = repository
        self.run = run
    }

    private var context: StageContext { self.stage.context }
    var notes: [String] { self.lines.withLock { $0 } }

    func run(_ plan: DiscoverStage.Plan, from known: Source) async throws -> StageExit {
        // Without a cursor the listing comes first: its revision is where the log goes on from.
        if plan.reconciles, plan.startsAt == nil { try await self.reconcile(known) }
        if plan.readsLog {
            let start = known.cursor.map { $0 + 1 } ?? plan.startsAt ?? plan.youngest
            try await self.readLog(from: start, upTo: plan.youngest)
        }
        if let backfill = plan.backfill, !Task.isShuttingDownGracefully { try await self.backfill(backfill, known) }
        if plan.reconciles, plan.startsAt != nil, !Task.isShuttingDownGracefully {
            let source = try await self.context.store.source(self.source.rawValue)
            try await self.reconcile(source ?? known)
        }
        return Task.isShuttingDownGracefully ? .terminated : .done
    }

    // MARK: The log

    /// Reads forward until the log ends.
    ///
    /// The cursor follows what the log returned, never the youngest revision as seen elsewhere: replicas lag.
    private func readLog(from start: Int64, upTo youngest: Int64) async throws {
        var next = start
        var marked = 0
        let counters = self.context.counters
        while !Task.isShuttingDownGracefully {
            let chunk = try await self.chunk(from: next, upTo: nil)
            guard let highest = chunk.changes.highestRevision, highest >= next else { break }
            let records = self.records(chunk.changes)
            marked += try await self.context.store.recordLog(
                records,
                source: self.source.rawValue,
                progress: .cursor(highest, dateMilliseconds: chunk.lastDate, logFrom: start),
                run: self.run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds
            )
            counters.set("packages_changed", counters["packages_changed"] + records.count)
            self.context.progress.advance(by: chunk.items, metadata: ["revision": "\(highest)"])
            next = highest + 1
            if chunk.isAtEnd || self.isOverLimit(marked) { break }
        }
        self.note("\(self.source.rawValue): revisions \(start) to \(next - 1), \(marked.grouped) packages became due")
    }

    /// Reads an older stretch, from its first revision up to where the known log begins.
    private func backfill(_ range: ClosedRange<Int64>, _ known: Source) async throws {
        let from = known.backfill.flatMap { $0.cursor == range.lowerBound - 1 ? $0.from : nil } ?? range.lowerBound
        var next = range.lowerBound
        while next <= range.upperBound, !Task.isShuttingDownGracefully {
            let chunk = try await self.chunk(from: next, upTo: range.upperBound)
            let isLast = chunk.reachedEnd || chunk.isAtEnd
            let cursor = isLast ? range.upperBound : chunk.changes.highestRevision ?? range.upperBound
            _ = try await self.context.store.recordLog(
                self.records(chunk.changes),
                source: self.source.rawValue,
                progress: .backfill(from: from, cursor: cursor, isComplete: cursor >= range.upperBound),
                run: self.run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds
            )
            self.context.progress.advance(by: chunk.items, metadata: ["revision": "\(cursor)"])
            next = cursor + 1
        }
        self.note("\(self.source.rawValue): added the log of revisions \(range.lowerBound) to \(next - 1)")
    }

    private struct Chunk {
        var changes: ChangeSet
        var items = 0
        var lastDate: Int64?
        /// Whether the log ends here.
        var isAtEnd = false
        /// Whether items after the wanted stretch were seen (and left out).
        var reachedEnd = false
    }

    /// One stretch of log: it ends by revisions, by what they say, or by bytes.
    ///
    /// A report that breaks off is gone on with by the reader.
    private func chunk(from start: Int64, upTo end: Int64?) async throws -> Chunk {
        var chunk = Chunk(changes: ChangeSet(layout: self.source.type))
        let configuration = self.stage.configuration
        let answer = try await self.repository.readLog(
            from: start,
            limit: configuration.chunkItems,
            isEnough: { chunk.reachedEnd || chunk.changes.size >= configuration.chunkSize }
        ) { item in
            if let end, item.revision > end {
                chunk.reachedEnd = true
                return
            }
            chunk.changes.add(item)
            chunk.items += 1
            chunk.lastDate = item.dateMilliseconds ?? chunk.lastDate
        }
        chunk.isAtEnd = answer.isAtEnd
        self.context.counters.add("log_items", chunk.changes.items)
        self.context.counters.add("log_neutral", chunk.changes.neutralItems)
        self.context.counters.add("slugs_left_out", chunk.changes.invalidSlugs)
        return chunk
    }

    private func records(_ changes: ChangeSet) -> [PackageRecord] {
        changes.packages.filter { self.isTracked($0.key) }.map { slug, change in
            PackageRecord(
                slug: slug,
                revision: change.revision,
                dateMilliseconds: change.dateMilliseconds,
                paths: change.facts.sorted { $0.key < $1.key }.map { path, fact in
                    PathRecord(
                        path: path,
                        revision: fact.revision,
                        changedAtMilliseconds: fact.dateMilliseconds,
                        appearedRevision: fact.appeared?.revision,
                        appearedAtMilliseconds: fact.appeared?.dateMilliseconds,
                        isRemoved: fact.removed
                    )
                },
                cleared: change.cleared.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            )
        }.sorted { $0.slug.utf8.lexicographicallyPrecedes($1.slug.utf8) }
    }

    private func isTracked(_ slug: String) -> Bool {
        self.context.settings.only?.contains(slug, of: self.source) ?? true
    }

    private func isOverLimit(_ marked: Int) -> Bool { self.context.options.limit.map { marked >= $0 } ?? false }

    // MARK: The listing

    /// Compares with the full listing.
    ///
    /// A cut, empty or shrunken one changes nothing.
    ///
    /// - Throws: ``GuardRefusal``.
    private func reconcile(_ known: Source) async throws {
        let isForced = self.context.options.isForced
        var listed: [String] = []
        var entries = 0
        let answer: ListingAnswer
        do {
            answer = try await self.repository.readListing(ifNoneMatch: isForced ? nil : known.listingETag) { entry in
                entries += 1
                if self.isUsable(entry.name) { listed.append(entry.name) }
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
        self.context.counters.add("slugs_left_out", entries - listed.count)
        try self.guardAgainstShrinking(to: entries, known)

        let tracked = listed.filter(self.isTracked)
        if self.context.settings.only != nil { self.warnOfUnlisted(Set(tracked)) }
        let sorted = tracked.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let digest = ContentHash(of: Array(sorted.joined(separator: "\n").utf8)).hexadecimal
        let summary = ListingSummary(count: Int64(entries), digest: digest, etag: etag)
        let stored = try await self.context.store.slugs(source: self.source.rawValue)
        let present = Set(sorted)
        let appeared = sorted.filter { stored[$0] == nil }
        // Slugs outside a curated set are none of its business; those known to be missing need no second look.
        let vanished = stored.filter { !$0.value && self.isTracked($0.key) && !present.contains($0.key) }.map(\.key)
        try await self.context.store.recordListing(
            summary,
            appeared: appeared,
            vanished: vanished.sorted(),
            cursor: known.cursor == nil ? revision : nil,
            source: self.source.rawValue,
            run: self.run
        )
        self.context.counters.add("packages_new", appeared.count)
        self.context.counters.add("packages_vanished", vanished.count)
        self.context.progress.advance(by: entries, metadata: ["listing_revision": "\(revision)"])
        self.note(
            "\(self.source.rawValue): listing of revision \(revision) has \(entries.grouped) directories, "
                + "\(appeared.count.grouped) new, \(vanished.count.grouped) vanished"
        )
    }

    private func guardAgainstShrinking(to entries: Int, _ known: Source) throws {
        guard let before = known.listingCount, before > 0 else {
            if entries == 0 { throw GuardRefusal("the listing is empty; nothing was changed because of it") }
            return
        }
        let lost = before - Int64(entries)
        guard lost * 100 > before * Int64(self.stage.configuration.maxShrinkPercent) else { return }
        throw GuardRefusal(
            "the listing has \(entries.grouped) directories where the last one had \(Int(before).grouped): more than "
                + "\(self.stage.configuration.maxShrinkPercent)% fewer; nothing was changed because of it. If this is "
                + "right, run discover --reconcile --max-shrink 100 once"
        )
    }

    private func isUsable(_ slug: String) -> Bool {
        PackageName.isAskable(slug: slug)
            && PackageName.isValid(self.context.settings.derivation.name(type: self.source.type, slug: slug))
    }

    private func warnOfUnlisted(_ listed: Set<String>) {
        guard let wanted = self.context.settings.only?.slugsOfSource[self.source] else { return }
        for slug in wanted.subtracting(listed).sorted() {
            self.note("\(self.source.rawValue): --only names '\(slug)', which upstream does not have")
        }
    }

    private func note(_ line: String) { self.lines.withLock { $0.append(line) } }
}
