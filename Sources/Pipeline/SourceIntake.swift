import Facts
import FoundationEssentials
import Logging
import Resilience
import ServiceLifecycle
import Store
import Synchronization
import Upstream

/// Takes one source in, under its lease.
final class SourceIntake<Origin: UpstreamSource>: Sendable {
    typealias Known = Source

    let stage: DiscoverStage
    let source: Origin
    let asker: Origin.Asker
    let run: RunID
    /// Asked for once: it is made of all names that the settings hold.
    let selection: KeySelection?
    /// As it was when the source was begun with.
    let ownership: Ownership
    let nameRule: Store.NameRule
    private let lines = Mutex<[String]>([])
    private let vendors: Mutex<Set<String>>

    init(stage: DiscoverStage, source: Origin, asker: Origin.Asker, run: RunID, ownership: Ownership) {
        self.ownership = ownership
        self.nameRule = ownership.rule(of: source)
        self.vendors = Mutex(ownership.vendors(of: source.name))
        self.stage = stage
        self.source = source
        self.asker = asker
        self.run = run
        self.selection = stage.context.settings.selection(of: source)
    }

    var name: SourceName { self.source.name }
    var context: StageContext { self.stage.context }
    var notes: [String] { self.lines.withLock { $0 } }
    /// Vendors that are known to be the source's.
    var knownVendors: Set<String> { self.vendors.withLock { $0 } }
    func knowsVendors(_ new: Set<String>) { self.vendors.withLock { $0.formUnion(new) } }

    /// The changes first, always: what is wrong with the listing must not keep them unseen; nor the other way round.
    ///
    /// - Returns: What upstream did wrong in one part while the others were taken in.
    func run(
        _ plan: DiscoverStage.Plan,
        from known: Known
    ) async throws -> (exit: StageExit, problems: [any Error]) {
        var problems: [any Error] = []
        func attempt(_ part: () async throws -> Void) async throws {
            guard !Task.isShuttingDownGracefully else { return }
            do {
                try await part()
            } catch let error where error is UpstreamError || error is GuardRefusal || error is MissedFiles {
                problems.append(error)
            }
        }
        if let youngest = plan.youngest {
            if plan.restarts {
                try await attempt { try await self.restart(at: youngest) }
                if known.refusedSinceMilliseconds != nil { try await self.noteRefused(false) }
            } else if plan.readsChanges {
                let start = known.cursor ?? plan.startsAfter ?? (self.source.changesTellAll ? nil : youngest)
                try await attempt {
                    do {
                        try await self.readChanges(after: start, upTo: youngest)
                        if known.refusedSinceMilliseconds != nil { try await self.noteRefused(false) }
                    } catch let error as UpstreamError where error.code == .refused && self.source.log == nil {
                        let longest = self.stage.configuration.maxRefusal.inMilliseconds
                        guard try await self.noteRefused(true) >= longest else { throw error }
                        self.note("\(error), for too long: it is begun with anew")
                        // First: a feed that goes on so, or what fails of this, is not for each run to begin with anew.
                        try await self.noteRefused(false)
                        try await self.restart(at: youngest)
                    }
                }
            }
            if known.cursor == nil { try await attempt { try await self.setFirstCursor(youngest) } }
        }
        let now = try await self.current(known)
        if plan.reconciles || now.wantsListing {
            try await attempt { try await self.reconcile(now) }
            try await attempt { try await self.settleRequirements() }
        }
        // What the listing was found to be too old for is added with the rest.
        let current = try await self.current(known)
        if let youngest = plan.youngest, let backfill = self.stage.plan(current, youngest, self.source).backfill {
            try await attempt { try await self.backfill(backfill, upTo: youngest) }
        }
        return (Task.isShuttingDownGracefully ? .terminated : .done, problems)
    }

    private func current(_ known: Known) async throws -> Known {
        try await self.context.store.source(self.name) ?? known
    }

    // MARK: The cursor

    /// From here on changes are read: from what two requests agree upon.
    private func setFirstCursor(_ youngest: Position) async throws {
        let confirmed = self.source.earlier(youngest, try await self.asker.position(since: youngest))
        try await self.context.store.setFirstCursor(confirmed, source: self.name, run: self.run)
    }

    /// Sets a cursor that is ahead of upstream back, so that all that was missed is read.
    func resetCursor(_ known: Known, _ youngest: Position) async throws -> Known {
        guard let log = self.source.log, let revision = log.number(of: youngest) else { return known }
        let source = try await self.context.store.resetCursor(
            youngest: revision,
            source: self.name,
            run: self.run,
            number: { log.number(of: $0) },
            position: { log.position(at: $0) }
        )
        let cursor = source?.cursor?.text ?? "nothing"
        self.note("the cursor was set back from \(known.cursor?.text ?? "nothing") to \(cursor)")
        return source ?? known
    }

    // MARK: Changes

    /// Reads forward until nothing more follows.
    ///
    /// The cursor follows what was returned, never where upstream is as seen elsewhere: replicas lag. And it never goes
    /// beyond that: what only one answer says may be a mistake of it.
    private func readChanges(after start: Position?, upTo youngest: Position) async throws {
        var (after, bound) = (start, youngest)
        var hasAskedAgain = false
        var marked = 0
        // Each stretch asks again for what could not be had: the last one tells what is missing in the end.
        var missed: [UpstreamError] = []
        while !Task.isShuttingDownGracefully {
            let stretch = try await self.stretch(after: after, upTo: bound)
            missed = stretch.missed
            if stretch.isRestart { try await self.makeAllDue() }
            marked += try await self.record(stretch, after: after, logAfter: start)
            if let reached = stretch.reached { after = reached }
            if stretch.isAtEnd || stretch.reached == nil {
                guard let unconfirmed = stretch.unconfirmed else { break }
                // There may have been a change since it was asked where upstream is.
                let again = hasAskedAgain ? bound : try await self.asker.position(since: bound)
                hasAskedAgain = true
                if self.source.precedes(bound, again) {
                    bound = again
                    continue
                }
                self.context.counters.add(.logItemsUnconfirmed, unconfirmed.items)
                self.note(
                    "\(unconfirmed.items.counted("change")) up to \(unconfirmed.upTo) \(unconfirmed.items == 1 ? "is" : "are") above where upstream is, "
                        + "\(bound), and \(unconfirmed.items == 1 ? "was" : "were") not taken in"
                )
                break
            }
            if self.context.options.limit.map({ marked >= $0 }) ?? false { break }
        }
        let words = [start, after].map { $0?.description ?? "nothing" }
        self.note("changes after \(words[0]) up to \(words[1]), \(marked.counted("package")) became due")
        if !missed.isEmpty { throw MissedFiles(errors: missed) }
    }

    /// Upstream can't tell what changed: everything is looked at again, before the cursor moves.
    private func makeAllDue() async throws {
        let count = try await self.context.store.makeDue(source: self.source.name)
        self.context.counters.add(.madeDue, count)
        self.note(
            "upstream can't tell what has changed since: \(count == 1 ? "its one package is" : "all \(count.grouped) packages are") due"
        )
    }

    /// - Returns: For how long it was refused, in milliseconds.
    @discardableResult
    private func noteRefused(_ isRefused: Bool) async throws -> Int64 {
        try await self.stage.context.store.note(isRefused: isRefused, source: self.source.name)
    }

    /// What upstream tells is before the cursor for good, or it tells nothing from there: a feed that has begun anew.
    private func restart(at youngest: Position) async throws {
        try await self.makeAllDue()
        _ = try await self.record(
            ChangeStretch(packages: [], reached: youngest, isAtEnd: true, wantsListing: true),
            after: nil,
            logAfter: nil
        )
    }

    private func record(_ stretch: ChangeStretch, after: Position?, logAfter: Position?) async throws -> Int {
        // Where it does not say how far it goes the cursor stays where it is, and what was touched becomes due all the same.
        guard let cursor = stretch.reached ?? after else { return 0 }
        let marked = try await self.context.store.recordLog(
            stretch.packages,
            source: self.name,
            progress: .cursor(
                cursor,
                dateMilliseconds: stretch.reachedAtMilliseconds,
                logFrom: logAfter.flatMap(self.source.position(after:)) ?? logAfter ?? cursor
            ),
            wantsListing: stretch.wantsListing,
            run: self.run,
            leaseMilliseconds: self.context.settings.leaseMilliseconds,
            rule: self.nameRule
        )
        let counters = self.context.counters
        counters.set(.packagesChanged, counters[.packagesChanged] + stretch.packages.count)
        self.context.progress.advance(by: stretch.items, metadata: ["position": "\(cursor)"])
        return marked
    }

    /// Reads an older stretch, from its first revision up to where the known log begins.
    private func backfill(_ wanted: DiscoverStage.Plan.Backfill, upTo youngest: Position) async throws {
        guard let log = self.source.log else { return }
        let end = log.position(at: wanted.end)
        var after = log.position(at: wanted.after)
        var isComplete = false
        while !isComplete, !Task.isShuttingDownGracefully {
            let stretch = try await self.stretch(after: after, upTo: youngest, end: end)
            let cursor = stretch.isAtEnd ? end : stretch.reached ?? end
            isComplete = !self.source.precedes(cursor, end)
            _ = try await self.context.store.recordLog(
                stretch.packages,
                source: self.name,
                progress: .backfill(from: log.position(at: wanted.from), cursor: cursor, isComplete: isComplete),
                run: self.run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds,
                rule: self.nameRule
            )
            self.context.progress.advance(by: stretch.items, metadata: ["position": "\(cursor)"])
            after = cursor
        }
        self.note("added the log after \(wanted.after) up to \(after)")
    }

    /// One stretch of changes, of the packages that are tracked: it ends by items, by what they say, or by bytes.
    private func stretch(after: Position?, upTo bound: Position, end: Position? = nil) async throws -> ChangeStretch {
        var stretch = try await self.asker.changes(
            StretchRequest(
                after: after,
                bound: bound,
                end: end,
                maxItems: self.stage.configuration.chunkItems,
                maxSize: self.stage.configuration.chunkSize
            )
        )
        self.count(stretch)
        try await self.recordVendors(of: stretch.packages.map(\.key))
        if self.selection != nil { stretch.packages = try await self.tracked(stretch.packages) }
        return stretch
    }

    private func count(_ stretch: ChangeStretch) {
        let (counters, tally) = (self.context.counters, stretch.tally)
        counters.add(.logItems, stretch.items)
        counters.add(.logNeutral, tally.neutral)
        counters.add(.logItemsOversized, tally.oversized)
        counters.add(.logItemsDamaged, tally.damaged)
        counters.add(.logPathsDropped, tally.droppedPaths)
        counters.add(.namesLeftOut, tally.unusableKeys)
        if self.source.log == nil, tally.damaged > 0 {
            self.note(
                "\(tally.damaged.counted("entry", "entries")) of what upstream tells can't be read, or not as a whole"
            )
        } else if tally.oversized + tally.damaged > 0 {
            self.note(
                "\(tally.oversized.counted("log item is", "log items are")) over the limits and \(tally.damaged.grouped) can't be read: "
                    + "their packages are due, without facts"
            )
        }
        if tally.droppedPaths > 0 { self.note("\(tally.droppedPaths.counted("path")) of the log can be no version's") }
    }

    func isTracked(_ key: String) -> Bool { self.selection?.contains(key) ?? true }

    func note(_ line: String) { self.lines.withLock { $0.append("\(self.name): \(line)") } }
}

/// Files that tell of changes could not be had, while others were.
struct MissedFiles: Error, CustomStringConvertible {
    var errors: [UpstreamError]

    var description: String {
        let problems = Problems()
        for error in self.errors { problems.add(error.url, error.detail) }
        return problems.summary(
            "\(self.errors.count.counted("file")) could not be had; what is in them stays as it is, and they are asked for again"
        )
    }
}
