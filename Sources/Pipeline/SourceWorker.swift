import Facts
import FoundationEssentials
import Logging
import Store
import Upstream

typealias PackageFailure = (claim: ClaimedPackage, error: String, retryMilliseconds: Int64)

/// What became of claims that upstream was asked about.
struct ClaimOutcomes {
    var results: [PackageResult] = []
    var failures: [PackageFailure] = []
    /// Those of them that spoil batches.
    var suspects: Set<Int64> = []
    /// A request failed, which says nothing of them.
    var unanswered: [ClaimedPackage] = []
    /// What was asked about others was as much as is held at once.
    var unasked: [ClaimedPackage] = []
    /// What is stored of them can't be read, and upstream was asked on condition that it has changed.
    var forgotten: [ClaimedPackage] = []
    var outage: UpstreamError?
}

/// The part of `update` that is about one source, whatever its kind.
protocol SourceWorker: Sendable {
    var name: SourceName { get }
    /// The number of the settings that its documents are derived under.
    var format: Int64 { get }
    /// What becomes of what packages require; nil where that is not followed.
    var requirements: RequirementRule? { get }

    /// Asks about a batch of what is due.
    ///
    /// - Returns: How many packages that were.
    func updateDue(_ worker: UpdateWorker) async throws -> Int

    /// Derives a batch again of what was derived under older settings, from stored payloads, without asking upstream.
    ///
    /// - Returns: How many packages that were.
    func deriveOutdated(_ worker: UpdateWorker) async throws -> Int

    /// The same of a batch whose archives have come, or of which there are other advisories than before.
    func deriveAnew(_ worker: UpdateWorker) async throws -> Int
}

extension UpstreamSource {
    func worker(_ stage: UpdateStage, run: RunID, _ ownership: Ownership) async throws -> any SourceWorker {
        let (store, counters, name) = (stage.context.store, stage.context.counters, self.name)
        let fingerprint = stage.context.settings.fingerprint(of: self)
        let format = try await store.format(of: name, forFingerprint: fingerprint)
        let rule = ownership.rule(of: self)
        let renamed = try await store.rename(source: name, from: ownership.naming(of: name), by: rule, run: run)
        if let renamed {
            counters.add(.documentsWithdrawn, renamed.documentsWithdrawn)
            counters.add(.namesColliding, renamed.colliding)
        }
        let listed = try await store.source(name)?.listingCount.map(Int.init)
        if ownership.hasOtherTerms(name) { try await store.setTerms(ownership.terms(of: name), of: name) }
        return SourceBatches(
            source: self,
            asker: stage.client.map { client in
                // What discovery would refuse as cut is not believed here either.
                self.asker(client, leastListed: listed.map(DiscoverStage.Configuration().leastEntries))
            },
            fingerprint: fingerprint,
            format: format,
            requirements: self.requirementLimit == nil
                ? nil : stage.context.settings.requirements(of: self, named: rule),
            naming: rule.id
        )
    }

    /// The same for who asks nobody, and changes neither names nor format.
    ///
    /// - Returns: nil where those are not what the settings say, or documents are derived from nothing but upstream's word.
    func deriver(_ stage: UpdateStage, _ ownership: Ownership) async throws -> (any SourceWorker)? {
        let (store, settings, name) = (stage.context.store, stage.context.settings, self.name)
        let rule = ownership.rule(of: self)
        let fingerprint = settings.fingerprint(of: self)
        guard settings.archives.policies[name] != nil || settings.advisories.joins,
            ownership.naming(of: name) == rule.id,
            let format = try await store.knownFormat(of: name, forFingerprint: fingerprint)
        else { return nil }
        return SourceBatches(
            source: self,
            asker: nil,
            fingerprint: fingerprint,
            format: format,
            requirements: self.requirementLimit == nil ? nil : settings.requirements(of: self, named: rule),
            naming: rule.id
        )
    }
}

private struct SourceBatches<Source: UpstreamSource>: SourceWorker {
    let source: Source
    /// nil where nobody is asked.
    let asker: Source.Asker?
    let fingerprint: String
    let format: Int64
    let requirements: RequirementRule?
    let naming: String

    var name: SourceName { self.source.name }

    private typealias Answers = [String: Result<PackageAnswer<Source.Payload>, UpstreamError>]

    func updateDue(_ worker: UpdateWorker) async throws -> Int {
        // After an outage what is due stays so for the next run.
        guard let asker, asker.outage == nil else { return 0 }
        let context = worker.context
        let loadsArchives = self.keepsArchives(context)
        let batches = self.source.asksAboutMany ? worker.stage.configuration.batchesTogether : 1
        var claims = try await worker.claim(batches: batches) { limit in
            try await context.store.claimDue(
                source: self.source.name,
                limit: limit,
                run: worker.run,
                leaseMilliseconds: context.settings.leaseMilliseconds,
                ids: worker.ids,
                places: worker.places,
                naming: self.naming,
                loadsArchives: loadsArchives,
                advisoryFeeds: context.settings.advisories.joined
            )
        }
        guard !claims.isEmpty else { return 0 }
        let count = claims.count
        context.counters.consume(claims.map(\.discoveredRun).filter { $0 != worker.run })
        let unneeded = claims.filter(\.isUnneeded)
        if !unneeded.isEmpty {
            try await self.letGo(unneeded, worker)
            claims.removeAll(where: \.isUnneeded)
            if claims.isEmpty { return count }
        }
        let stored = self.source.wantsStoredPayloads ? try await context.store.payloads(of: claims) : [:]
        func known(_ claim: ClaimedPackage) -> KnownPackage { claim.known(with: stored[claim.id]) }
        // What has spoilt a batch is asked about alone, so that it costs one request and not a batch's.
        let answers = try await asker.ask(
            about: claims.filter { !$0.isSuspect }.map(known),
            suspects: claims.filter(\.isSuspect).map(known)
        )
        let outcomes = try await self.outcomes(of: claims, answers, worker)
        let asked = claims.count - outcomes.unasked.count
        context.counters.add(.packagesAsked, asked)
        try await worker.write(outcomes, asked: asked, of: self)
        return count
    }

    /// What nobody needs any more goes without a question, and within the limit of withdrawals.
    private func letGo(_ claims: [ClaimedPackage], _ worker: UpdateWorker) async throws {
        let reader = self.reader(worker, nowMilliseconds: 0)
        worker.context.counters.add(.packagesUnneeded, claims.count)
        try await worker.write(ClaimOutcomes(results: claims.map(reader.unneeded)), asked: claims.count, of: self)
    }

    private func outcomes(
        of claims: [ClaimedPackage],
        _ answers: Answers,
        _ worker: UpdateWorker
    ) async throws -> ClaimOutcomes {
        var outcomes = ClaimOutcomes()
        let reader = self.reader(worker, nowMilliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        let payloads = try await self.storedPayloads(claims, answers, worker)
        for claim in claims {
            guard let answer = answers[claim.key] else {
                if answers.isEmpty {
                    // Nobody was asked about, which would go on for ever.
                    outcomes.failures.append((claim, "upstream was asked about nothing", worker.retryDelay(claim)))
                } else {
                    outcomes.unasked.append(claim)
                }
                continue
            }
            do {
                let answer = try answer.get()
                outcomes.results.append(try reader.result(of: answer, for: claim, stored: payloads[claim.id]))
            } catch is PayloadLost where claim.payloadHash != nil {
                // Without conditions once; who says so again is not asked again at once.
                outcomes.forgotten.append(claim)
            } catch let error as UpstreamError where error.verdict == .unknown {
                outcomes.unanswered.append(claim)
                outcomes.outage = error
            } catch {
                if (error as? UpstreamError)?.verdict == .poisonous { outcomes.suspects.insert(claim.id) }
                outcomes.failures.append((claim, "\(error)", worker.retryDelay(claim)))
                worker.context.logger.debug(
                    "package failed",
                    metadata: ["package": "\(self.source.name)/\(claim.key)", "error": "\(error)"]
                )
            }
        }
        return outcomes
    }

    /// Where upstream tells no facts, because the package is closed or nothing has changed, the stored payload speaks.
    private func storedPayloads(
        _ claims: [ClaimedPackage],
        _ answers: Answers,
        _ worker: UpdateWorker
    ) async throws -> [Int64: StoredPayload] {
        let keepsClosed = worker.context.settings.publication.closedPolicy.keepsVersions
        let silent = claims.filter { claim in
            switch answers[claim.key] {
            case .success(.unchanged), .success(.partsChanged): true
            case .success(.closed): keepsClosed && claim.payloadHash != nil
            default: false
            }
        }
        return silent.isEmpty ? [:] : try await worker.context.store.payloads(of: silent)
    }

    private func keepsArchives(_ context: StageContext) -> Bool {
        context.settings.archives.policies[self.source.name] != nil
    }

    func deriveOutdated(_ worker: UpdateWorker) async throws -> Int {
        let context = worker.context
        let loadsArchives = self.keepsArchives(context)
        let claims = try await worker.claim { limit in
            try await context.store.claimOutdated(
                source: self.source.name,
                format: self.format,
                limit: limit,
                run: worker.run,
                leaseMilliseconds: context.settings.leaseMilliseconds,
                ids: worker.ids,
                naming: self.naming,
                loadsArchives: loadsArchives,
                advisoryFeeds: context.settings.advisories.joined
            )
        }
        return try await self.derive(claims, worker, limit: nil)
    }

    func deriveAnew(_ worker: UpdateWorker) async throws -> Int {
        let context = worker.context
        guard self.keepsArchives(context) || context.settings.advisories.joins else { return 0 }
        let claims = try await worker.claim { limit in
            try await context.store.claimDerivable(
                source: self.source.name,
                limit: limit,
                run: worker.run,
                leaseMilliseconds: context.settings.leaseMilliseconds,
                ids: worker.ids,
                naming: self.naming,
                advisoryFeeds: context.settings.advisories.joined
            )
        }
        return try await self.derive(claims, worker, limit: worker.withdrawals)
    }

    private func derive(
        _ claims: [ClaimedPackage],
        _ worker: UpdateWorker,
        limit: WithdrawalLimit?
    ) async throws -> Int {
        if claims.isEmpty { return 0 }
        let reader = self.reader(worker, nowMilliseconds: 0)
        var results: [PackageResult] = []
        var failures: [PackageFailure] = []
        for claim in claims {
            do {
                results.append(try reader.rederived(claim))
            } catch {
                failures.append((claim, "\(error)", worker.retryDelay(claim)))
            }
        }
        try await worker.write(rederived: results, failures, of: self, limit: limit)
        return claims.count
    }

    private func reader(_ worker: UpdateWorker, nowMilliseconds: Int64) -> AnswerReader<Source> {
        AnswerReader(
            stage: worker.stage,
            source: self.source,
            fingerprint: self.fingerprint,
            format: self.format,
            nowMilliseconds: nowMilliseconds
        )
    }
}
