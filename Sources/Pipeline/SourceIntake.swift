import Composer
import Facts
import FoundationEssentials
import Logging
import ServiceLifecycle
import Store
import Synchronization
import Upstream
import WordPress

/// Takes one source in, under its lease.
final class SourceIntake: Sendable {
    let stage: DiscoverStage
    let source: SourceName
    let repository: SubversionRepository
    let run: Int64
    private let lines = Mutex<[String]>([])

    init(stage: DiscoverStage, source: SourceName, repository: SubversionRepository, run: Int64) {
        self.stage = stage
        self.source = source
        self.repository = repository
        self.run = run
    }

    var context: StageContext { self.stage.context }
    var notes: [String] { self.lines.withLock { $0 } }

    /// The log first, always: what is wrong with the listing must not keep commits unseen; nor the other way round.
    ///
    /// - Returns: What upstream did wrong in one part while the others were taken in.
    func run(_ plan: DiscoverStage.Plan, from known: Source) async throws -> (exit: StageExit, problems: [any Error]) {
        var problems: [any Error] = []
        func attempt(_ part: () async throws -> Void) async throws {
            guard !Task.isShuttingDownGracefully else { return }
            do {
                try await part()
            } catch let error where error is UpstreamError || error is GuardRefusal {
                problems.append(error)
            }
        }
        if plan.readsLog {
            let start = known.cursor?.revision?.nextRevision ?? plan.startsAt ?? plan.youngest
            try await attempt { try await self.readLog(from: start, upTo: plan.youngest) }
        }
        if known.cursor == nil { try await attempt { try await self.setFirstCursor(plan.youngest) } }
        if plan.reconciles { try await attempt { try await self.reconcile(try await self.current(known)) } }
        // What the listing was found to be too old for is added with the rest.
        let current = try await self.current(known)
        if let backfill = self.stage.plan(current, plan.youngest, self.source).backfill {
            try await attempt { try await self.backfill(backfill, current, upTo: plan.youngest) }
        }
        return (Task.isShuttingDownGracefully ? .terminated : .done, problems)
    }

    private func current(_ known: Source) async throws -> Source {
        try await self.context.store.source(self.source.rawValue) ?? known
    }

    // MARK: The cursor

    /// From here on the log is read: from what two requests agree upon.
    private func setFirstCursor(_ youngest: Int64) async throws {
        let confirmed = min(youngest, try await self.repository.youngestRevision())
        try await self.context.store.setFirstCursor(
            Position(revision: confirmed),
            source: self.source.rawValue,
            run: self.run
        )
    }

    /// Sets a cursor that is ahead of upstream back, so that all that was missed is read.
    func resetCursor(_ known: Source, _ youngest: Int64) async throws -> Source {
        let source = try await self.context.store.resetCursor(
            youngest: youngest,
            source: self.source.rawValue,
            run: self.run,
            number: { $0.revision },
            position: { Position(revision: $0) }
        )
        let cursor = source?.cursor.map(\.text) ?? "nothing"
        self.note("\(self.source.rawValue): the cursor was set back from \(known.cursor?.text ?? "0") to \(cursor)")
        return source ?? known
    }

    // MARK: The log

    /// Reads forward until the log ends.
    ///
    /// The cursor follows what the log returned, never the youngest revision as seen elsewhere: replicas lag. And it
    /// never goes beyond that: what only one answer says may be a mistake of it.
    private func readLog(from start: Int64, upTo youngest: Int64) async throws {
        var (next, bound) = (start, youngest)
        var hasAskedAgain = false
        var marked = 0
        while !Task.isShuttingDownGracefully {
            let chunk = try await self.chunk(from: next, upTo: bound)
            marked += try await self.record(chunk, from: next, logFrom: start)
            if let highest = chunk.answer.highestRevision { next = highest.nextRevision }
            if chunk.answer.isAtEnd || chunk.answer.highestRevision == nil {
                guard let unconfirmed = chunk.answer.highestUnconfirmed else { break }
                // There may have been a commit since the youngest revision was asked for.
                let again = hasAskedAgain ? bound : try await self.repository.youngestRevision()
                hasAskedAgain = true
                if again > bound {
                    bound = again
                    continue
                }
                self.context.counters.add("log_items_unconfirmed", chunk.answer.unconfirmed)
                self.note(
                    "\(self.source.rawValue): \(chunk.answer.unconfirmed.grouped) log items up to revision \(unconfirmed) "
                        + "are above the youngest revision, \(bound), and were not taken in"
                )
                break
            }
            if self.isOverLimit(marked) { break }
        }
        self.note("\(self.source.rawValue): revisions \(start) to \(next - 1), \(marked.grouped) packages became due")
    }

    private func record(_ chunk: Chunk, from start: Int64, logFrom: Int64) async throws -> Int {
        let records = self.records(chunk.changes)
        // Without a readable revision the cursor stays where it is, and what was touched becomes due all the same.
        guard chunk.answer.highestRevision != nil || !records.isEmpty else { return 0 }
        let cursor = chunk.answer.highestRevision ?? start - 1
        let marked = try await self.context.store.recordLog(
            records,
            source: self.source.rawValue,
            progress: .cursor(
                Position(revision: cursor),
                dateMilliseconds: chunk.lastDate,
                logFrom: Position(revision: logFrom)
            ),
            run: self.run,
            leaseMilliseconds: self.context.settings.leaseMilliseconds,
            name: self.packageName
        )
        self.context.counters.set("packages_changed", self.context.counters["packages_changed"] + records.count)
        self.context.progress.advance(by: chunk.answer.items, metadata: ["revision": "\(cursor)"])
        return marked
    }

    /// Reads an older stretch, from its first revision up to where the known log begins.
    private func backfill(_ range: ClosedRange<Int64>, _ known: Source, upTo youngest: Int64) async throws {
        let from =
            known.backfill.flatMap { $0.cursor?.revision == range.lowerBound - 1 ? $0.from.revision : nil }
            ?? range.lowerBound
        var next = range.lowerBound
        while next <= range.upperBound, !Task.isShuttingDownGracefully {
            let chunk = try await self.chunk(from: next, upTo: youngest, wanted: range.upperBound)
            let isLast = chunk.reachedEnd || chunk.answer.isAtEnd
            let cursor = isLast ? range.upperBound : chunk.answer.highestRevision ?? range.upperBound
            _ = try await self.context.store.recordLog(
                self.records(chunk.changes),
                source: self.source.rawValue,
                progress: .backfill(
                    from: Position(revision: from),
                    cursor: Position(revision: cursor),
                    isComplete: cursor >= range.upperBound
                ),
                run: self.run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds,
                name: self.packageName
            )
            self.context.progress.advance(by: chunk.changes.items, metadata: ["revision": "\(cursor)"])
            next = cursor.nextRevision
        }
        self.note("\(self.source.rawValue): added the log of revisions \(range.lowerBound) to \(next - 1)")
    }

    private struct Chunk {
        var changes: ChangeSet
        var answer = LogAnswer()
        var lastDate: Int64?
        /// Whether items after the wanted stretch were seen (and left out).
        var reachedEnd = false
    }

    /// One stretch of log: it ends by revisions, by what they say, or by bytes.
    ///
    /// A report that breaks off is gone on with by the reader.
    private func chunk(from start: Int64, upTo bound: Int64, wanted end: Int64 = .max) async throws -> Chunk {
        var chunk = Chunk(changes: ChangeSet(layout: self.source.type))
        let configuration = self.stage.configuration
        chunk.answer = try await self.repository.readLog(
            from: start,
            upTo: bound,
            limit: configuration.chunkItems,
            isEnough: { chunk.reachedEnd || chunk.changes.size >= configuration.chunkSize }
        ) { item in
            if item.revision > end {
                chunk.reachedEnd = true
                return
            }
            chunk.changes.add(item)
            chunk.lastDate = item.dateMilliseconds ?? chunk.lastDate
        }
        self.count(chunk.changes)
        return chunk
    }

    private func count(_ changes: ChangeSet) {
        let counters = self.context.counters
        counters.add("log_items", changes.items)
        counters.add("log_neutral", changes.neutralItems)
        counters.add("log_items_oversized", changes.oversizedItems)
        counters.add("log_items_damaged", changes.damagedItems)
        counters.add("log_paths_dropped", changes.droppedPaths)
        counters.add("slugs_left_out", changes.invalidSlugs)
        if changes.oversizedItems + changes.damagedItems > 0 {
            self.note(
                "\(self.source.rawValue): \(changes.oversizedItems.grouped) log items are over the limits and "
                    + "\(changes.damagedItems.grouped) can't be read: their packages are due, without facts"
            )
        }
        if changes.droppedPaths > 0 {
            self.note("\(self.source.rawValue): \(changes.droppedPaths.grouped) paths of the log can be no version's")
        }
    }

    private func records(_ changes: ChangeSet) -> [PackageRecord] {
        changes.packages.filter { self.isTracked($0.key) }.map { slug, change in
            PackageRecord(
                key: slug,
                revision: change.revision,
                dateMilliseconds: change.dateMilliseconds,
                paths: change.paths.map { PathRecord(path: $0, history: $1) }.sorted {
                    $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
                },
                folders: FolderChange.newest(of: change.folders)
            )
        }.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    var packageName: @Sendable (String) -> String? {
        let (derivation, type) = (self.context.settings.derivation, self.source.type)
        return { key in
            let name = derivation.name(type: type, slug: key)
            return PackageName.isValid(name) ? name : nil
        }
    }

    func isTracked(_ slug: String) -> Bool {
        self.context.settings.only?.contains(slug, of: self.source) ?? true
    }

    private func isOverLimit(_ marked: Int) -> Bool { self.context.options.limit.map { marked >= $0 } ?? false }

    func note(_ line: String) { self.lines.withLock { $0.append(line) } }
}
