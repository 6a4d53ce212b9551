import Composer
import Logging
import ServiceLifecycle
import Store
package import Upstream

/// Finds out what changed upstream, without asking for any package.
///
/// Reads: the youngest revision, the log from the cursor on, on a schedule the listing.
/// Writes: packages that changed become due, facts of their paths, the cursor. One transaction a stretch of log.
/// One run at a time per source; killed anywhere, the next one goes on from the cursor.
package struct DiscoverStage: Sendable {
    package struct Configuration: Sendable {
        /// Reads the listing whether it is due or not.
        package var reconciles = false
        /// Reads the log from this revision.
        package var fromRevision: Int64?
        /// How many percent shorter a listing may be than the one before.
        package var maxShrinkPercent = 5
        package var reconcileInterval: Duration = .seconds(86_400)
        /// Log items asked for at once.
        package var chunkItems = 5_000
        /// Packages and paths after which a stretch of log ends: what one transaction and memory take with ease.
        package var chunkSize = 20_000

        package init() {}
    }

    let context: StageContext
    let configuration: Configuration
    let repository: @Sendable (SourceName) -> SubversionRepository

    package init(
        context: StageContext,
        configuration: Configuration,
        repository: @escaping @Sendable (SourceName) -> SubversionRepository
    ) {
        self.context = context
        self.configuration = configuration
        self.repository = repository
    }

    /// Takes in each source in turn; one that fails does not keep the others from being taken in.
    package func run() async throws -> StageOutcome {
        let selection = try self.context.options.selection(self.context.settings)
        if !selection.isEverything { return try await self.markDue(selection) }
        var outcome = StageOutcome()
        var worst = [StageExit]()
        for source in self.context.settings.sources {
            if Task.isShuttingDownGracefully { worst.append(.terminated); break }
            do {
                worst.append(try await self.discover(source, &outcome))
            } catch let error as GuardRefusal {
                worst.append(.refused)
                outcome.error = "\(source.rawValue): \(error)"
                self.context.logger.error(
                    "a guard refused",
                    metadata: ["source": "\(source.rawValue)", "error": "\(error)"]
                )
            } catch let error where !(error is CancellationError) {
                worst.append(.failed)
                outcome.error = "\(source.rawValue): \(error)"
                self.context.logger.error(
                    "a source failed",
                    metadata: ["source": "\(source.rawValue)", "error": "\(error)"]
                )
            }
        }
        let order: [StageExit] = [.terminated, .failed, .refused, .leaseHeld, .partial]
        outcome.exit = order.first { worst.contains($0) } ?? .done
        outcome.counters = self.context.counters.snapshot
        return outcome
    }

    /// What an operator named becomes due; upstream is not asked.
    private func markDue(_ selection: PackageSelection) async throws -> StageOutcome {
        let (ids, unknown) = try await self.context.store.packageIDs(selection)
        guard !ids.isEmpty else {
            let names = unknown.map { "'\($0.slug)'" }.joined(separator: ", ")
            throw InvalidSettings(problems: ["no package matches \(names.isEmpty ? "that run" : names)"])
        }
        let count = self.context.run == nil ? ids.count : try await self.context.store.makeDue(ids: ids)
        return StageOutcome(
            counters: ["made_due": count],
            notes: ["\(ids.count.grouped) packages \(self.context.run == nil ? "would become" : "are") due"]
        )
    }

    private func discover(_ source: SourceName, _ outcome: inout StageOutcome) async throws -> StageExit {
        let known = try await self.context.store.source(source.rawValue)
        if let holder = known?.leasedBy {
            outcome.notes.append("\(source.rawValue): run \(holder) is at work on it")
            outcome.error = "run \(holder) holds the lease of \(source.rawValue)"
            return .leaseHeld
        }
        let repository = self.repository(source)
        let youngest = try await repository.youngestRevision()
        let plan = Plan(known: known, youngest: youngest, configuration: self.configuration)
        guard plan.isAnything else {
            outcome.notes.append("\(source.rawValue): unchanged at revision \(youngest)")
            return .done
        }
        guard let run = self.context.run else {
            outcome.notes.append("\(source.rawValue): would \(plan)")
            return .done
        }
        guard
            let leased = try await self.context.store.leaseSource(
                source.rawValue,
                run: run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds
            )
        else {
            outcome.error = "another run has just taken the lease of \(source.rawValue)"
            return .leaseHeld
        }
        let taking = SourceIntake(stage: self, source: source, repository: repository, run: run)
        let result: Result<StageExit, any Error>
        do {
            // What another run has done since the first look need not be done again.
            let plan = Plan(known: leased, youngest: youngest, configuration: self.configuration)
            result = .success(try await taking.run(plan, from: leased))
        } catch {
            result = .failure(error)
        }
        // In a task of its own, so that a run that was cancelled returns its lease too.
        try await Task { [store = self.context.store] in
            try await store.releaseSource(source.rawValue, run: run)
        }.value
        outcome.notes += taking.notes
        return try result.get()
    }
}

/// A safety guard's refusal: nothing was changed.
package struct GuardRefusal: Error, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

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
        let youngest: Int64
        let cursor: Int64?

        init(known: Source?, youngest: Int64, configuration: Configuration) {
            self.youngest = youngest
            self.cursor = known?.cursor
            let interval = configuration.reconcileInterval.components.seconds * 1_000
            let age = known.flatMap { source in source.reconciledAtMilliseconds.map { source.readAtMilliseconds - $0 } }
            self.reconciles = configuration.reconciles || (age.map { $0 >= interval } ?? true)
            guard let known, let cursor = known.cursor else {
                self.startsAt = configuration.fromRevision.map { max(1, $0) }
                self.readsLog = self.startsAt != nil
                return
            }
            self.readsLog = youngest > cursor
            let wanted = configuration.fromRevision.map { max(1, $0) } ?? known.backfill?.from
            let knownFrom = known.logFrom ?? cursor + 1
            if let wanted, wanted < knownFrom {
                // A backfill that was begun from the same revision goes on where it stopped.
                let begun = known.backfill.flatMap { $0.from == wanted ? $0.cursor : nil }
                let from = begun.map { $0 + 1 } ?? wanted
                if from < knownFrom { self.backfill = from...(knownFrom - 1) }
            }
        }

        var isAnything: Bool { self.readsLog || self.reconciles || self.backfill != nil }

        var description: String {
            var parts: [String] = []
            if self.readsLog {
                let from = self.cursor.map { $0 + 1 } ?? self.startsAt ?? self.youngest
                parts.append("read the log from revision \(from) to \(self.youngest)")
            }
            if let backfill { parts.append("add the log from \(backfill.lowerBound) to \(backfill.upperBound)") }
            if self.reconciles { parts.append("compare with the full listing") }
            return parts.joined(separator: ", then ")
        }
    }
}
