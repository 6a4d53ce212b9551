import Composer
package import Facts
package import Resilience
import ServiceLifecycle
package import Store
package import Upstream

/// Asks upstream for packages that are due, and derives their documents.
///
/// Reads: due packages with their facts, the upstream's API; for a new format only stored payloads.
/// Writes: the same packages, blobs and documents, a batch at a time under leases.
/// Any number may run at once; what a killed one held is due again when its leases end.
package struct UpdateStage: Sendable {
    package struct Configuration: Sendable {
        /// Packages claimed, asked for and written together; upstream answers at most 100.
        package var batchSize = 100
        /// Batches that are claimed and written together, of a source that is asked about many packages at once.
        ///
        /// A page of an index that packages of both are on is written once. Where packages are asked about singly, answers
        /// can be large.
        package var batchesTogether = 2
        package var doubts = DoubtPolicy()
        /// How soon a package that failed is tried again at first, and at most.
        package var failureBackoff = RetryPolicy(base: .seconds(60), cap: .seconds(6 * 3_600))
        /// How many packages of a source may vanish in a day without a person.
        package var withdrawals = WithdrawalLimit()
        /// A source whose withdrawals that were held a person has confirmed.
        package var confirmed: SourceName?
        /// Whether a person has confirmed that the settings give names to other sources than before.
        package var confirmsOwners = false

        package init() {}
    }

    let context: StageContext
    let configuration: Configuration
    /// nil where nobody is asked, and only what is stored is derived.
    let client: UpstreamClient?

    package init(context: StageContext, configuration: Configuration = Configuration(), client: UpstreamClient?) {
        self.context = context
        self.configuration = configuration
        self.client = client
    }

    package func run() async throws -> StageOutcome {
        try self.refuseUnknownSource()
        let ids = try await self.context.options.packageIDs(self.context.settings, in: self.context.store)
        guard let run = self.context.run else { return try await self.dryRun(ids) }

        let ownership = try await self.settledOwnership()
        let movedArchives = try await self.noteArchivePlace()
        if ids != nil || self.context.options.isForced {
            self.context.counters.add(.madeDue, try await self.context.store.makeDue(ids: ids))
        }
        if let source = self.configuration.confirmed {
            let count = try await self.context.store.confirmWithdrawals(source: source, ids: ids)
            self.context.counters.add(.withdrawalsConfirmed, count)
        }
        let worker = try await UpdateWorker(stage: self, run: run, ids: ids, ownership: ownership)
        try await self.expectProgress(ids, worker)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<(self.context.options.concurrency ?? 4) { group.addTask { try await worker.work() } }
                try await group.waitForAll()
            }
        } catch {
            try await self.returnLeases(run)
            throw error
        }
        if Task.isShuttingDownGracefully { try await self.returnLeases(run) }
        if ids == nil, !Task.isShuttingDownGracefully { try await self.countNotDue() }
        try await self.context.cleanUp()
        let refusals = [try await self.refusal(), self.refusal(of: worker.refusedRequirements)].compactMap(\.self)
        var outcome = self.outcome(
            outages: worker.outages,
            refusal: refusals.isEmpty ? nil : refusals.joined(separator: "; ")
        )
        outcome.notes +=
            self.context.settings.sources.compactMap { self.waitingNote($0.name, ownership) } + movedArchives
        return outcome
    }

    /// What is confirmed is asked about once more, which only happens to sources that are on.
    private func refuseUnknownSource() throws {
        let names = self.context.settings.sources.map(\.name)
        guard let confirmed = self.configuration.confirmed, !names.contains(confirmed) else { return }
        throw InvalidSettings(
            problems: ["--confirm-withdrawals is '\(confirmed)', which is not one of PACKLINE_SOURCES"]
        )
    }

    /// What a person has to look at, where this run has held withdrawals.
    private func refusal() async throws -> String? {
        guard self.context.counters[.withdrawalsHeld] > 0 else { return nil }
        let held = try await self.context.store.heldWithdrawals(self.configuration.withdrawals).map { source in
            let gone = "upstream says that \(source.held == 1 ? "it is" : "they are") gone or nothing needs "
            let them = source.held == 1 ? "it" : "them"
            return
                "\(source.held.counted("package")) of \(source.source) would be withdrawn, because \(gone)\(them) any "
                + "more, beside \(source.withdrawn) that were within a day; of \(source.published.counted("package")) "
                + "\(source.limit) may be withdrawn in a day, so \(source.held == 1 ? "this one is" : "these are") kept. Look "
                + "at \(source.held == 1 ? "it" : "some of them") upstream: if it is right, run update "
                + "--confirm-withdrawals \(source.source)"
        }
        return held.isEmpty ? nil : held.joined(separator: "; ")
    }

    /// What was left out of what packages require.
    private func refusal(of refused: [SourceName: Int]) -> String? {
        let refusals = self.context.settings.sources.compactMap { source -> String? in
            guard let limit = source.requirementLimit, let count = refused[source.name] else { return nil }
            return "\(GuardRefusal(beyond: limit, of: source.name, refused: count))"
        }
        return refusals.isEmpty ? nil : refusals.joined(separator: "; ")
    }

    /// The cheapest layer: packages that were not even looked at.
    ///
    /// Only counted by a run that had work, because counting takes longer the more packages there are. What a limit left is
    /// due all the same.
    private func countNotDue() async throws {
        let asked = self.context.counters[.packagesAsked]
        guard asked > 0 else { return }
        let known = try await self.context.store.packageCount(
            sources: self.context.settings.sources.map(\.name)
        )
        var left = 0
        for source in self.context.settings.sources {
            left += try await self.context.store.dueCount(source: source.name)
        }
        self.context.counters.set(.packagesNotDue, max(0, known - asked - left))
    }

    /// In a task of its own, so that a run that was cancelled returns what it holds too.
    private func returnLeases(_ run: RunID) async throws {
        try await Task { [store = self.context.store] in try await store.returnPackages(run: run) }.value
    }

    private func outcome(outages: [SourceName: UpstreamError], refusal: String?) -> StageOutcome {
        let counters = self.context.counters
        var outcome = StageOutcome(counters: counters.snapshot, consumed: counters.consumed)
        let failed = counters[.packagesFailed]
        let failures =
            failed > 0
            ? self.context.problems.summary("\(failed.counted("package")) failed and will be tried again") : nil
        let silences = outages.sorted { $0.key.rawValue < $1.key.rawValue }.map { source, error in
            "\(source) did not answer, and is asked again in a minute: \(error)"
        }
        let errors = [refusal, failures].compactMap(\.self) + silences
        if Task.isShuttingDownGracefully {
            outcome.exit = .terminated
        } else if refusal != nil {
            outcome.exit = .refused
        } else if !errors.isEmpty {
            outcome.exit = .partial
        }
        if !errors.isEmpty { outcome.error = errors.joined(separator: "; ") }
        return outcome
    }

    private func expectProgress(_ ids: [Int64]?, _ worker: UpdateWorker) async throws {
        var total = 0
        for source in worker.sources {
            total += try await self.context.store.outdatedCount(source: source.name, format: source.format)
            total += try await self.context.store.dueCount(source: source.name, ids: ids)
        }
        self.context.progress.expect(min(total, self.context.options.limit ?? .max))
    }

    private func dryRun(_ ids: [Int64]?) async throws -> StageOutcome {
        var outcome = StageOutcome()
        var left = self.context.options.limit ?? .max
        for source in self.context.settings.sources {
            let due = try await self.context.store.dueCount(
                source: source.name,
                ids: ids,
                // Who names packages wants them asked about.
                isForced: ids != nil || self.context.options.isForced
            )
            if self.configuration.confirmed == source.name {
                let limit = self.configuration.withdrawals
                let held = try await self.context.store.heldWithdrawals(limit).first {
                    $0.source == source.name
                }
                outcome.counters[.wouldConfirm(source.name)] = held?.held ?? 0
                outcome.notes.append(
                    "\(source.name): would confirm \((held?.held ?? 0).counted("withdrawal")) held"
                )
            }
            let count = min(due, left)
            left -= count
            let requests = (count + self.configuration.batchSize - 1) / self.configuration.batchSize
            outcome.counters[.wouldAsk(source.name)] = count
            outcome.notes.append(
                "\(source.name): would ask for \(count.counted("package"))\(count == 0 ? "" : " in about \(requests.counted("request"))")"
                    + (count < due ? "; --limit leaves \((due - count).grouped) for later" : "")
            )
        }
        return outcome
    }
}
