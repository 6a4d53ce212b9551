import Composer
import Facts
import Store
import Upstream
import WordPress

/// Turns what upstream said of a package into what is written back: a pure step, no I/O.
struct AnswerReader {
    let stage: UpdateStage
    let source: SourceName
    let format: Int64
    let nowMilliseconds: Int64

    private var counters: Counters { self.stage.context.counters }
    private var derivation: DerivationSettings { self.stage.context.settings.derivation }
    private var schedule: LookSchedule { self.stage.configuration.schedule }

    /// - Parameter storedPayload: The payload of a closed package that the policy keeps.
    /// - Throws: When a stored payload can't be read, or a document is larger than any may be.
    func result(of answer: PackageAnswer<Payload>, for claim: ClaimedPackage, storedPayload: Blob?) throws
        -> PackageResult
    {
        switch answer {
        case .active(let payload, let facts): try self.active(payload, facts, claim)
        case .closed(let closure): try self.closed(closure, claim, storedPayload)
        case .notFound: self.notFound(claim)
        case .unchanged: throw GuardRefusal("upstream says that nothing has changed, which it was not asked")
        }
    }

    /// The same package under the present settings, from its stored payload.
    ///
    /// - Throws: When the payload is missing, damaged or in a form that this build does not read, or gives too large
    ///   a document.
    func rederived(_ claim: ClaimedPackage) throws -> PackageResult {
        guard let blob = claim.payload else { throw StoreError.corruptBlob(hash: claim.payloadHash?.hexadecimal ?? "") }
        let payload = try Payload(canonicalJSON: try blob.content())
        var result = self.unchanged(claim)
        switch claim.state {
        case .active:
            try self.derive(payload, payloadHash: blob.hash, closure: nil, into: &result)
        case .closed where self.derivation.closedPolicy != .remove:
            try self.derive(payload, payloadHash: blob.hash, closure: claim.closure ?? Closure(), into: &result)
        case .closed, .missing, .new:
            result.documents = self.withdrawn(claim)
            result.derivedKey = self.derivedKey([:], payloadHash: nil, closure: claim.closure)
        }
        return result
    }

    // MARK: What upstream says

    private func active(
        _ payload: Payload,
        _ facts: PackageFacts,
        _ claim: ClaimedPackage
    ) throws -> PackageResult {
        let json = payload.canonicalJSON()
        let hash = ContentHash(of: json)
        let lag = self.schedule.lag(of: claim, behind: payload, nowMilliseconds: self.nowMilliseconds)
        var result = self.looked(claim, as: .active, lag: lag, period: self.schedule.activePeriod)
        result.activeInstalls = facts.activeInstalls
        if hash == claim.payloadHash {
            self.counters.add("payloads_unchanged")
        } else {
            result.payload = Blob(of: json)
            result.title = payload.plainTitle
            result.lastUpdatedMilliseconds = payload.lastUpdatedSeconds.map { $0 * 1_000 }
        }
        try self.derive(payload, payloadHash: hash, closure: nil, into: &result)
        return result
    }

    /// Closing is believed when it was said twice.
    ///
    /// Where the policy keeps documents and the payload that they are derived from is lost, they stay as they are.
    private func closed(_ closure: Closure, _ claim: ClaimedPackage, _ stored: Blob?) throws -> PackageResult {
        if claim.state == .active, claim.doubts < self.schedule.looksBeforeClosed { return self.doubted(claim) }
        let period = closure.isPermanent ? self.schedule.permanentlyClosedPeriod : self.schedule.activePeriod
        var result = self.looked(claim, as: .closed, lag: nil, period: period)
        result.closure = closure
        if let stored {
            let payload = try Payload(canonicalJSON: try stored.content())
            try self.derive(payload, payloadHash: stored.hash, closure: closure, into: &result)
        } else if claim.payloadHash != nil, self.derivation.closedPolicy == .remove {
            let key = self.derivedKey([:], payloadHash: nil, closure: closure)
            if key != claim.derivedKey || self.stage.context.options.isForced {
                result.documents = self.withdrawn(claim)
                result.derivedKey = key
            }
        }
        return result
    }

    /// Unknown is said of what never was a package, of what is too new, and falsely of what is there: an active
    /// package is only believed to be gone when it was said again and again.
    private func notFound(_ claim: ClaimedPackage) -> PackageResult {
        if claim.state == .active || claim.state == .closed, claim.doubts < self.schedule.looksBeforeGone {
            return self.doubted(claim)
        }
        let lag = self.schedule.lagOfUnknown(claim, type: self.source.type, nowMilliseconds: self.nowMilliseconds)
        var result = self.looked(claim, as: .missing, lag: lag, period: self.schedule.period(ofUnknown: claim))
        if claim.payloadHash != nil {
            result.documents = self.withdrawn(claim)
            result.derivedKey = self.derivedKey([:], payloadHash: nil, closure: nil)
        }
        return result
    }

    // MARK: Parts of a result

    /// Upstream was asked: it has caught up, or is looked at again.
    private func looked(
        _ claim: ClaimedPackage,
        as state: PackageState,
        lag: Int64?,
        period: Duration
    ) -> PackageResult {
        if lag != nil { self.counters.add("packages_behind") }
        return PackageResult(
            claim: claim,
            state: state,
            format: self.format,
            isSettled: lag == nil,
            looks: lag == nil ? 0 : claim.looks + 1,
            nextLookMilliseconds: lag
                ?? self.schedule.nextLook(slug: claim.key, period: period, nowMilliseconds: self.nowMilliseconds)
        )
    }

    /// Everything stays as it is until upstream has said it again.
    private func doubted(_ claim: ClaimedPackage) -> PackageResult {
        self.counters.add("packages_doubted")
        var result = self.unchanged(claim)
        result.format = claim.format
        result.doubts = claim.doubts + 1
        result.nextLookMilliseconds = self.schedule.doubtDelay(look: claim.doubts)
        return result
    }

    private func unchanged(_ claim: ClaimedPackage) -> PackageResult {
        var result = PackageResult(
            claim: claim,
            state: claim.state,
            closure: claim.closure,
            format: self.format,
            isSettled: false,
            looks: claim.looks,
            nextLookMilliseconds: nil
        )
        result.doubts = claim.doubts
        result.isConclusive = false
        return result
    }

    private func derive(
        _ payload: Payload,
        payloadHash: ContentHash,
        closure: Closure?,
        into result: inout PackageResult
    ) throws {
        let isBehind =
            self.schedule.lag(of: result.claim, behind: payload, nowMilliseconds: self.nowMilliseconds) != nil
        let facts = result.claim.facts(in: payload, isBehind: isBehind)
        let key = self.derivedKey(facts, payloadHash: payloadHash, closure: closure)
        if key == result.claim.derivedKey, !self.stage.context.options.isForced {
            self.counters.add("inputs_unchanged")
            return
        }
        let derived = Derivation.documents(payload: payload, facts: facts, settings: self.derivation)
        let publication = Publication(closedPolicy: self.derivation.closedPolicy)
        let documents = try publication.documents(of: derived, closure: closure)
        result.documents = documents.map { ($0.path, Blob(of: $0.bytes)) }
        result.emptyDocuments = documents.filter { !$0.hasVersions }.map(\.path)
        result.derivedKey = key
        result.latestVersion = derived.latestVersion ?? payload.version
        self.counters.add("packages_derived")
        for (name, count) in derived.counts { self.counters.add(name, count) }
    }

    private func withdrawn(_ claim: ClaimedPackage) -> [(path: String, content: Blob?)] {
        let name = self.derivation.name(type: self.source.type, slug: claim.key)
        return [DocumentName.main(of: name), .dev(of: name)].map { ($0.path, nil) }
    }

    /// Names all that documents are derived from: equal keys mean equal documents.
    private func derivedKey(_ facts: LogFacts, payloadHash: ContentHash?, closure: Closure?) -> ContentHash {
        var text = self.derivation.fingerprint + "\n" + (payloadHash?.hexadecimal ?? "withdrawn") + "\n"
        if closure != nil { text += "closed\n" }
        if payloadHash != nil {
            for (path, fact) in facts.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                text += "\(path)\n\(fact.revision) \(fact.changedAtMilliseconds ?? -1) "
                text += "\(fact.appearedAtMilliseconds ?? -1)\n"
            }
        }
        return ContentHash(of: Array(text.utf8))
    }
}
