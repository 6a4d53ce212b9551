import Composer
import Facts
import FoundationEssentials
import Logging
import Resilience
import ServiceLifecycle
import Store
import Synchronization
import Upstream

/// What the tasks of one `update` run share.
final class UpdateWorker: Sendable {
    let stage: UpdateStage
    let run: RunID
    let ids: [Int64]?
    private let budget: WorkBudget
    let places = ClaimPlaces()
    private let claiming = ConcurrencyLimiter(limit: 1)
    let sources: [any SourceWorker]
    private let unanswered = Mutex<[SourceName: UpstreamError]>([:])
    private let refused = Mutex<[SourceName: Int]>([:])

    /// Before anything is derived, what has other settings than before is due to be, and packages have their names.
    ///
    /// All sources have given up what is another's before one of them publishes it; one that does not know yet what that
    /// is does nothing.
    convenience init(stage: UpdateStage, run: RunID, ids: [Int64]?, ownership: Ownership) async throws {
        var sources: [any SourceWorker] = []
        let settings = stage.context.settings
        let offers = try await stage.context.store.offers(to: settings)
        for source in settings.sources(offering: offers) where ownership.isSettled(source.name) {
            sources.append(try await source.worker(stage, run: run, ownership))
        }
        self.init(stage: stage, run: run, ids: ids, sources: sources)
    }

    init(stage: UpdateStage, run: RunID, ids: [Int64]?, sources: [any SourceWorker]) {
        self.stage = stage
        self.run = run
        self.ids = ids
        self.budget = WorkBudget(stage.context.options.limit)
        self.sources = sources
    }

    var context: StageContext { self.stage.context }

    /// Why packages could not be asked about, by source, where that happened.
    var outages: [SourceName: UpstreamError] { self.unanswered.withLock { $0 } }

    /// Packages that were not taken in though others require them, by source.
    var refusedRequirements: [SourceName: Int] { self.refused.withLock { $0 } }

    /// Works until nothing is due, the limit is reached or a shutdown was asked for.
    ///
    /// Fresh changes come before documents that only need another format.
    func work() async throws {
        while !Task.isShuttingDownGracefully {
            var worked = 0
            for source in self.sources { worked += try await source.updateDue(self) }
            if worked == 0 {
                for source in self.sources { worked += try await source.deriveOutdated(self) }
                for source in self.sources { worked += try await source.deriveAnew(self) }
            }
            if worked == 0 { return }
        }
    }

    /// How many packages may lose a document without a person; nil where one has asked for everything.
    var withdrawals: WithdrawalLimit? {
        self.context.options.isForced ? nil : self.stage.configuration.withdrawals
    }

    /// Writes what was derived again, without asking upstream.
    ///
    /// - Parameter limit: See ``withdrawals``; nil also where other settings, which are a person's wish, are the reason.
    func write(
        rederived results: [PackageResult],
        _ failures: [PackageFailure],
        of source: some SourceWorker,
        limit: WithdrawalLimit?
    ) async throws {
        let written = try await self.context.store.finish(
            results,
            limit: limit,
            requirements: source.requirements,
            run: self.run
        )
        self.count(written, of: source.name)
        // A stored payload that can't be read is asked for again; until then its documents stay as they are.
        if !failures.isEmpty { try await self.context.store.forgetPayloads(failures.map(\.claim), run: self.run) }
        self.count(failures, of: source.name)
        self.context.counters.add(.packagesDerivedAgain, results.count)
        self.context.progress.advance(
            by: results.count + failures.count,
            metadata: ["derived_again": "\(results.count)"]
        )
    }

    /// Writes what became of claims that were asked about.
    func write(_ outcomes: ClaimOutcomes, asked: Int, of source: some SourceWorker) async throws {
        let store = self.context.store
        let written = try await store.finish(
            outcomes.results,
            limit: self.withdrawals,
            requirements: source.requirements,
            run: self.run
        )
        if !outcomes.failures.isEmpty {
            try await store.fail(outcomes.failures, suspects: outcomes.suspects, run: self.run)
        }
        if !outcomes.forgotten.isEmpty { try await store.forgetPayloads(outcomes.forgotten, run: self.run) }
        if !outcomes.unasked.isEmpty { try await store.postpone(outcomes.unasked.map { ($0, 0) }) }
        if let outage = outcomes.outage {
            self.unanswered.withLock { $0[source.name] = outage }
            try await store.postpone(outcomes.unanswered.map { ($0, self.postponement()) })
        }
        self.count(outcomes.failures, of: source.name)
        self.context.counters.add(.packagesUnanswered, outcomes.unanswered.count)
        self.count(written, of: source.name)
        self.count(outcomes.results.filter { !written.held.contains($0.claim.id) })
        self.context.progress.advance(
            by: asked,
            metadata: ["source": "\(source.name)", "failed": "\(outcomes.failures.count)"]
        )
    }

    /// One claim at a time: two at once would share the due packages out between them row by row, and a batch's size is
    /// what makes a request worth while and a lie apparent.
    func claim(
        batches: Int = 1,
        _ claim: (Int) async throws -> [ClaimedPackage]
    ) async throws -> [ClaimedPackage] {
        try await self.claiming.withSlot {
            let limit = await self.budget.take(self.stage.configuration.batchSize * batches)
            guard limit > 0 else { return [] }
            let claims = try await claim(limit)
            await self.budget.giveBack(limit - claims.count)
            return claims
        }
    }

    func retryDelay(_ claim: ClaimedPackage) -> Int64 {
        var random = SystemRandomNumberGenerator()
        let policy = self.stage.configuration.failureBackoff
        // At least half of the step: a package that keeps failing must wait longer each time.
        let ceiling = policy.delay(afterAttempt: claim.attempts + 1, using: &random)
        let floor = min(policy.cap, policy.base * (1 << min(claim.attempts, 20))) / 2
        return (max(floor, ceiling) / .milliseconds(1)).rounded().asInteger
    }

    /// When packages are asked about again that a failed request was about: not all at once.
    private func postponement() -> Int64 {
        let delay = self.stage.configuration.failureBackoff.base
        return Int64.random(in: delay.inMilliseconds...2 * delay.inMilliseconds)
    }

    private func count(_ failures: [PackageFailure], of source: SourceName) {
        self.context.counters.add(.packagesFailed, failures.count)
        for failure in failures {
            self.context.problems.add(failure.claim.name ?? "\(source)/\(failure.claim.key)", failure.error)
        }
    }

    private func count(_ results: [PackageResult]) {
        let counters = self.context.counters
        counters.add(.packagesClosed, results.count { $0.state == .closed && $0.claim.state != .closed })
        counters.add(.packagesMissing, results.count { $0.state == .missing })
    }

    private func count(_ written: WrittenResults, of source: SourceName) {
        let counters = self.context.counters
        counters.add(.packagesRequired, written.requirements.added)
        counters.add(.packagesRefused, written.requirements.refused)
        if written.requirements.refused > 0 {
            self.refused.withLock { $0[source, default: 0] += written.requirements.refused }
        }
        counters.add(.documentsChanged, written.documentsChanged)
        counters.add(.documentsUnchanged, written.documentsUnchanged)
        counters.add(.documentsWithdrawn, written.documentsWithdrawn)
        counters.add(.withdrawalsHeld, written.held.count)
        counters.add(.leasesLost, written.lost)
    }
}

extension Double {
    var asInteger: Int64 { Int64(self) }
}
