import Facts
import Logging
import Resilience
import ServiceLifecycle
import Store
package import Upstream

/// Finds out what changed upstream, without asking for any package.
///
/// Reads: where upstream is, its changes from the cursor on, on a schedule the listing.
/// Writes: packages that changed become due, facts of their paths, the cursor. One transaction a stretch.
/// One run at a time per source; killed anywhere, the next one goes on from the cursor.
package struct DiscoverStage: Sendable {
    package struct Configuration: Sendable {
        /// Reads the listing whether it is due or not.
        package var reconciles = false
        /// Reads the log from this revision.
        package var fromRevision: Int64?
        /// How many percent shorter a listing may be than the one before.
        package var maxShrinkPercent = 5
        /// How many percent longer a listing may be than the one before, beyond a hundred names.
        package var maxGrowthPercent = 5
        /// Sets back a cursor that is ahead of upstream.
        package var resetsCursor = false
        /// How long a youngest revision below the cursor passes for a replica that lags.
        package var maxLag: Duration = .seconds(3_600)
        /// How long a feed that refuses the cursor passes for one that is disturbed; to begin with it anew, everything is
        /// asked about.
        package var maxRefusal: Duration = .seconds(86_400)
        package var reconcileInterval: Duration = .seconds(86_400)
        /// Log items asked for at once.
        package var chunkItems = 5_000
        /// Packages and paths after which a stretch of log ends: what one transaction and memory take with ease.
        package var chunkSize = 20_000

        package init() {}

        /// How many names a listing must have to be believed, where there were so many before.
        func leastEntries(before: Int) -> Int { before - before * self.maxShrinkPercent / 100 }
    }

    let context: StageContext
    let configuration: Configuration
    let client: UpstreamClient

    package init(context: StageContext, configuration: Configuration, client: UpstreamClient) {
        self.context = context
        self.configuration = configuration
        self.client = client
    }

    /// Takes in each source in turn; one that fails does not keep the others from being taken in.
    package func run() async throws -> StageOutcome {
        let (options, settings) = (self.context.options, self.context.settings)
        if let ids = try await options.packageIDs(settings, in: self.context.store) {
            return try await self.markDue(ids)
        }
        try self.refuseWithoutLog()
        var outcome = StageOutcome()
        var worst = [StageExit]()
        var errors: [String] = []
        var well: [SourceName] = []
        for source in self.context.settings.sources {
            if Task.isShuttingDownGracefully { worst.append(.terminated); break }
            var problems: [any Error] = []
            var exit = StageExit.failed
            do {
                (exit, problems) = try await self.discover(source, &outcome)
                worst.append(exit)
            } catch let error where !(error is CancellationError) {
                problems = [error]
            }
            for error in problems {
                worst.append(error is GuardRefusal ? .refused : error is MissedFiles ? .partial : .failed)
                errors.append("\(source.name): \(error)")
                // The run's end says it: at once it is said to who wants to know more.
                self.context.logger.debug(
                    error is GuardRefusal
                        ? "a guard refused" : error is MissedFiles ? "a part of a source failed" : "a source failed",
                    metadata: ["source": "\(source.name)", "error": "\(error)"]
                )
            }
            if exit == .done || !problems.isEmpty { try await self.remember(source.name, isFailing: !problems.isEmpty) }
            if exit == .done, problems.isEmpty { well.append(source.name) }
        }
        for feed in self.context.settings.advisories.feeds where !Task.isShuttingDownGracefully {
            await self.takeIn(feed, &outcome, &worst, &errors)
        }
        let order: [StageExit] = [.terminated, .failed, .refused, .leaseHeld, .partial]
        outcome.exit = order.first { worst.contains($0) } ?? .done
        // A run that ends well says it of all sources.
        if let run = self.context.run, !well.isEmpty, ![.done, .partial].contains(outcome.exit) {
            try await self.context.store.note(well: well, run: run)
        }
        // What one source's lease kept from being done is said beside what another's upstream did.
        errors = [outcome.error].compactMap(\.self) + errors
        if !errors.isEmpty { outcome.error = errors.joined(separator: "; ") }
        outcome.counters = self.context.counters.snapshot
        return outcome
    }

    /// A feed that fails keeps nothing else from being taken in.
    private func takeIn(
        _ feed: AdvisorySettings.Feed,
        _ outcome: inout StageOutcome,
        _ worst: inout [StageExit],
        _ errors: inout [String]
    ) async {
        let intake = AdvisoryIntake(
            context: self.context,
            maxShrinkPercent: self.configuration.maxShrinkPercent,
            client: self.client
        )
        do {
            if let note = try await intake.takeIn(feed) { outcome.notes.append(note) }
        } catch is CancellationError {
            worst.append(.terminated)
        } catch {
            worst.append(error is GuardRefusal ? .refused : .failed)
            errors.append("\(feed.name): \(error)")
            self.context.logger.debug(
                error is GuardRefusal ? "a guard refused" : "a feed of advisories failed",
                metadata: ["feed": "\(feed.name)", "error": "\(error)"]
            )
        }
    }

    /// Written where it has changed only.
    private func remember(_ source: SourceName, isFailing: Bool) async throws {
        guard self.context.run != nil else { return }
        let store = self.context.store
        let known = try await store.source(source)
        guard isFailing != (known?.failingSinceMilliseconds != nil) else { return }
        try await store.note(isFailing: isFailing, source: source)
    }

    /// What only logs have can't be asked of others.
    private func refuseWithoutLog() throws {
        let flags = [
            self.configuration.fromRevision == nil ? nil : "--from-revision",
            self.configuration.resetsCursor ? "--reset-cursor" : nil,
        ].compactMap { $0 }
        guard !flags.isEmpty, !self.context.settings.sources.contains(where: { $0.log != nil }) else { return }
        throw InvalidSettings(
            problems: flags.map {
                "\($0) is for sources with a log of numbered revisions; none of PACKLINE_SOURCES has one"
            }
        )
    }

    /// What an operator named becomes due; upstream is not asked.
    private func markDue(_ ids: [Int64]) async throws -> StageOutcome {
        let count = self.context.run == nil ? ids.count : try await self.context.store.makeDue(ids: ids)
        return StageOutcome(
            counters: [.madeDue: count],
            notes: [
                self.context.run == nil
                    ? "\(ids.count.counted("package")) would become due"
                    : "\(ids.count.counted("package is", "packages are")) due"
            ]
        )
    }

    /// - Returns: What went wrong beside what was taken in.
    private func discover(
        _ source: some UpstreamSource,
        _ outcome: inout StageOutcome
    ) async throws -> (exit: StageExit, problems: [any Error]) {
        let known = try await self.context.store.source(source.name)
        if let holder = known?.leasedBy {
            outcome.notes.append("\(source.name): run \(holder) is at work on it")
            outcome.addError("run \(holder) holds the lease of \(source.name)")
            return (.leaseHeld, [])
        }
        let confirmation = try await self.confirmation(of: source.name)
        let asker = source.asker(self.client)
        let resetsCursor = self.configuration.resetsCursor && source.log != nil
        var problems: [any Error] = []
        var youngest: Position?
        do {
            let isAnew = self.plan(known, nil, source).reconciles
            let first = try await self.position(since: known?.cursor, isAnew: isAnew, asker)
            // What two requests agree upon.
            youngest = resetsCursor ? source.earlier(first, try await asker.position(since: known?.cursor)) : first
        } catch let error as UpstreamError where ![.unreachable, .timeout].contains(error.code) {
            // It answers, and may do so for ever: what there is can be compared all the same.
            problems.append(error)
        }
        var plan = self.plan(known, youngest, source)
        var lag: CursorAhead?
        if !resetsCursor, let youngest { lag = try await self.lag(known, youngest, source, &outcome) }
        // Where positions are no numbers of a log nothing could be read again: everything is looked at.
        if let error = lag, source.log == nil {
            outcome.notes.append("\(source.name): \(error.observation) for too long: it has begun anew")
            plan.restarts = true
            lag = nil
        }
        let restarts = plan.restarts
        if let lag { problems.append(lag) }
        guard plan.isAnything else {
            if self.context.run != nil { try await self.context.store.keep(asker.offer, of: source.name) }
            if problems.isEmpty, plan.isUnchanged, let youngest {
                outcome.notes.append("\(source.name): unchanged at \(youngest)")
                try await confirmation?()
            }
            return (.done, problems)
        }
        guard let run = self.context.run else {
            outcome.notes.append("\(source.name): would \(plan)")
            return (.done, problems)
        }
        let ownership = try await self.context.store.ownership(of: self.context.settings.owning)
        guard
            var leased = try await self.context.store.leaseSource(
                source.name,
                run: run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds
            )
        else {
            outcome.addError("another run has just taken the lease of \(source.name)")
            return (.leaseHeld, problems)
        }
        let taking = SourceIntake(stage: self, source: source, asker: asker, run: run, ownership: ownership)
        let result: Result<(exit: StageExit, problems: [any Error]), any Error>
        do {
            if plan.resetsCursor, let youngest { leased = try await taking.resetCursor(leased, youngest) }
            // What another run has done since the first look need not be done again.
            plan = self.plan(leased, youngest, source)
            plan.restarts = restarts && plan.cursor == known?.cursor
            if youngest == nil { outcome.notes.append("\(source.name): only the listing is read") }
            result = .success(try await taking.run(plan, from: leased))
        } catch {
            result = .failure(error)
        }
        // In a task of its own, so that a run that was cancelled returns its lease too.
        try await Task { [store = self.context.store] in
            try await store.releaseSource(source.name, run: run)
        }.value
        try await self.context.store.keep(asker.offer, of: source.name)
        outcome.notes += taking.notes
        let (exit, found) = try result.get()
        if exit == .done, plan.readsAll, problems.isEmpty, found.isEmpty { try await confirmation?() }
        return (exit, problems + found)
    }

    /// - Parameter youngest: Where upstream is; nil where it did not tell.
    func plan(_ known: Source?, _ youngest: Position?, _ source: some UpstreamSource) -> Plan {
        Plan(
            known: known,
            youngest: youngest,
            scope: self.context.settings.selection(of: source)?.digest,
            recordsVendors: self.context.settings.recordsVendors(of: source),
            source: source,
            configuration: self.configuration
        )
    }

    /// Where upstream is now; a root that answers and can't be read keeps nobody from a feed that can.
    private func position(since cursor: Position?, isAnew: Bool, _ asker: some UpstreamAsker) async throws -> Position {
        guard isAnew else { return try await asker.position(since: cursor) }
        do { return try await asker.positionAnew(since: cursor) } catch let error as UpstreamError
            where ![.unreachable, .timeout].contains(error.code)
        {
            return try await asker.position(since: cursor)
        }
    }

    /// What a position before the cursor means: a replica that lags, or after an hour of it a failure.
    private func lag(
        _ known: Source?,
        _ youngest: Position,
        _ source: some UpstreamSource,
        _ outcome: inout StageOutcome
    ) async throws -> CursorAhead? {
        guard let known, let cursor = known.cursor else { return nil }
        let isBehind = source.precedes(youngest, cursor)
        guard isBehind || known.behindSinceMilliseconds != nil else { return nil }
        var lasted = known.behindSinceMilliseconds.map { known.readAtMilliseconds - $0 } ?? 0
        if self.context.run != nil {
            lasted = try await self.context.store.note(isBehind: isBehind, source: source.name)
        }
        guard isBehind else { return nil }
        let error = CursorAhead(cursor: cursor, youngest: youngest, lastedMilliseconds: lasted)
        if lasted >= self.configuration.maxLag.inMilliseconds { return error }
        outcome.notes.append("\(source.name): \(error.observation); a replica that lags, it seems")
        return nil
    }
}

/// Upstream's youngest revision has been below the cursor for too long: new commits are not seen.
package struct CursorAhead: Error, CustomStringConvertible {
    var cursor: Position
    var youngest: Position
    var lastedMilliseconds: Int64

    var observation: String { "the youngest revision, \(self.youngest), is below the cursor, \(self.cursor)" }

    package var description: String {
        "\(self.observation), for \(self.lastedMilliseconds / 60_000) minutes: new commits are not seen. If upstream was "
            + "restored, or the cursor went wrong, run discover --reset-cursor once"
    }
}

/// A safety guard's refusal: nothing was changed.
package struct GuardRefusal: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
