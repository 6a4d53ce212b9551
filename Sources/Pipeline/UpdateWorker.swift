import Composer
import Facts
import FoundationEssentials
import Logging
import Resilience
import ServiceLifecycle
import Store
import Synchronization
import Upstream
import WordPress

/// What the tasks of one `update` run share.
final class UpdateWorker: Sendable {
    private let stage: UpdateStage
    private let run: Int64
    private let formats: [SourceName: Int64]
    private let ids: [Int64]?
    private let budget: WorkBudget
    private let claiming = ConcurrencyLimiter(limit: 1)
    private let directories: [SourceName: PackageDirectory]
    private let unanswered = Mutex<UpstreamError?>(nil)

    init(stage: UpdateStage, run: Int64, formats: [SourceName: Int64], ids: [Int64]?) {
        self.stage = stage
        self.run = run
        self.formats = formats
        self.ids = ids
        self.budget = WorkBudget(stage.context.options.limit)
        self.directories = Dictionary(
            stage.context.settings.sources.map { ($0, stage.directory($0)) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    private var context: StageContext { self.stage.context }

    /// Why packages could not be asked about, when that happened.
    var outage: UpstreamError? { self.unanswered.withLock { $0 } }

    /// Works until nothing is due, the limit is reached or a shutdown was asked for.
    ///
    /// Fresh changes come before documents that only need another format.
    func work() async throws {
        while !Task.isShuttingDownGracefully {
            var worked = 0
            for source in self.context.settings.sources { worked += try await self.updateDue(source) }
            if worked == 0 {
                for source in self.context.settings.sources { worked += try await self.deriveOutdated(source) }
            }
            if worked == 0 { return }
        }
    }

    private func updateDue(_ source: SourceName) async throws -> Int {
        // After an outage what is due stays so for the next run.
        guard let directory = self.directories[source], directory.outage == nil else { return 0 }
        let claims = try await self.claim { limit in
            try await self.context.store.claimDue(
                source: source.rawValue,
                limit: limit,
                run: self.run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds,
                ids: self.ids
            )
        }
        guard !claims.isEmpty else { return 0 }
        self.context.counters.consume(claims.map(\.discoveredRun))
        self.context.counters.add("packages_asked", claims.count)
        // What has spoilt a batch is asked about alone, so that it costs one request and not a batch's.
        let answers = try await directory.information(
            about: claims.filter { !$0.isSuspect }.map(\.key),
            suspects: claims.filter(\.isSuspect).map(\.key)
        )
        try await self.write(claims, answers, source)
        return claims.count
    }

    private func write(
        _ claims: [ClaimedPackage],
        _ answers: [String: Result<PackageAnswer<Payload>, UpstreamError>],
        _ source: SourceName
    ) async throws {
        let counters = self.context.counters
        var results: [PackageResult] = []
        var failures: [(claim: ClaimedPackage, error: String, retryMilliseconds: Int64)] = []
        var suspects: Set<Int64> = []
        var postponed: [(claim: ClaimedPackage, retryMilliseconds: Int64)] = []
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        let reader = AnswerReader(
            stage: self.stage,
            source: source,
            format: self.formats[source] ?? 0,
            nowMilliseconds: now
        )
        let payloads = try await self.payloadsOfClosed(claims, answers)
        for claim in claims {
            do {
                guard let answer = try answers[claim.key]?.get() else {
                    throw GuardRefusal("upstream's answer did not include it")
                }
                results.append(try reader.result(of: answer, for: claim, storedPayload: payloads[claim.id]))
            } catch let error as UpstreamError where error.verdict == .unknown {
                postponed.append((claim, self.postponement()))
                self.unanswered.withLock { $0 = error }
            } catch {
                if (error as? UpstreamError)?.verdict == .poisonous { suspects.insert(claim.id) }
                failures.append((claim, "\(error)", self.retryDelay(claim)))
                self.context.logger.debug(
                    "package failed",
                    metadata: ["package": "\(source.rawValue)/\(claim.key)", "error": "\(error)"]
                )
            }
        }
        let limit = self.context.options.isForced ? nil : self.stage.configuration.withdrawals
        let written = try await self.context.store.finish(results, limit: limit, run: self.run)
        if !failures.isEmpty { try await self.context.store.fail(failures, suspects: suspects, run: self.run) }
        if !postponed.isEmpty { try await self.context.store.postpone(postponed) }
        counters.add("packages_failed", failures.count)
        counters.add("packages_unanswered", postponed.count)
        self.count(written)
        self.count(results.filter { !written.held.contains($0.claim.id) })
        self.context.progress.advance(
            by: claims.count,
            metadata: ["source": "\(source.rawValue)", "failed": "\(failures.count)"]
        )
    }

    /// Closed packages answer without their facts: where the policy keeps them, the stored payload speaks.
    private func payloadsOfClosed(
        _ claims: [ClaimedPackage],
        _ answers: [String: Result<PackageAnswer<Payload>, UpstreamError>]
    ) async throws -> [Int64: Blob] {
        guard self.context.settings.derivation.closedPolicy != .remove else { return [:] }
        let closed = claims.filter { claim in
            guard case .success(.closed) = answers[claim.key] else { return false }
            return claim.payloadHash != nil
        }
        return closed.isEmpty ? [:] : try await self.context.store.payloads(of: closed)
    }

    /// Derives again what was derived under older settings, from stored payloads, without asking upstream.
    private func deriveOutdated(_ source: SourceName) async throws -> Int {
        let claims = try await self.claim { limit in
            try await self.context.store.claimOutdated(
                source: source.rawValue,
                format: self.formats[source] ?? 0,
                limit: limit,
                run: self.run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds,
                ids: self.ids
            )
        }
        var results: [PackageResult] = []
        var failures: [(claim: ClaimedPackage, error: String, retryMilliseconds: Int64)] = []
        for claim in claims {
            let reader = AnswerReader(
                stage: self.stage,
                source: source,
                format: self.formats[source] ?? 0,
                nowMilliseconds: 0
            )
            do {
                results.append(try reader.rederived(claim))
            } catch {
                failures.append((claim, "\(error)", self.retryDelay(claim)))
            }
        }
        if claims.isEmpty { return 0 }
        self.count(try await self.context.store.finish(results, run: self.run))
        // A stored payload that can't be read is asked for again; until then its documents stay as they are.
        if !failures.isEmpty { try await self.context.store.forgetPayloads(failures.map(\.claim), run: self.run) }
        self.context.counters.add("packages_failed", failures.count)
        self.context.counters.add("packages_derived_again", results.count)
        self.context.progress.advance(by: claims.count, metadata: ["derived_again": "\(results.count)"])
        return claims.count
    }

    /// One claim at a time: two at once would share the due packages out between them row by row, and a batch's size is
    /// what makes a request worth while and a lie apparent.
    private func claim(_ claim: (Int) async throws -> [ClaimedPackage]) async throws -> [ClaimedPackage] {
        try await self.claiming.withSlot {
            let limit = await self.budget.take(self.stage.configuration.batchSize)
            guard limit > 0 else { return [] }
            let claims = try await claim(limit)
            await self.budget.giveBack(limit - claims.count)
            return claims
        }
    }

    private func retryDelay(_ claim: ClaimedPackage) -> Int64 {
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

    private func count(_ results: [PackageResult]) {
        let counters = self.context.counters
        counters.add("packages_closed", results.count { $0.state == .closed && $0.claim.state != .closed })
        counters.add("packages_missing", results.count { $0.state == .missing })
    }

    private func count(_ written: WrittenResults) {
        let counters = self.context.counters
        counters.add("documents_changed", written.documentsChanged)
        counters.add("documents_unchanged", written.documentsUnchanged)
        counters.add("documents_withdrawn", written.documentsWithdrawn)
        counters.add("withdrawals_held", written.held.count)
        counters.add("leases_lost", written.lost)
    }
}

extension Double {
    var asInteger: Int64 { Int64(self) }
}
