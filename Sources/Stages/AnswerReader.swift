import Composer
import Store
import Upstream

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
    /// - Throws: When a stored payload can't be read.
    func result(of answer: PackageAnswer, for claim: ClaimedPackage, storedPayload: Blob?) throws -> PackageResult {
        switch answer {
        case .active(let payload, let facts): self.active(payload, facts, claim)
        case .closed(let closure): try self.closed(closure, claim, storedPayload)
        case .notFound: self.notFound(claim)
        }
    }

    /// The same package under the present settings, from its stored payload.
    ///
    /// - Throws: When the payload is missing, damaged or in a form that this build does not read.
    func rederived(_ claim: ClaimedPackage) throws -> PackageResult {
        guard let blob = claim.payload else { throw StoreError.corruptBlob(hash: claim.payloadHash?.hexadecimal ?? "") }
        let payload = try Payload(canonicalJSON: try blob.content())
        var result = self.unchanged(claim)
        switch claim.state {
        case .active:
            self.derive(payload, payloadHash: blob.hash, closure: nil, into: &result)
        case .closed where self.derivation.closedPolicy != .remove:
            self.derive(payload, payloadHash: blob.hash, closure: claim.closure ?? Closure(), into: &result)
        case .closed, .missing, .new:
            result.documents = self.withdrawn(claim)
            result.derivedKey = self.derivedKey([:], payloadHash: nil, closure: claim.closure)
        }
        return result
    }

    // MARK: What upstream says

    private func active(_ payload: Payload, _ facts: PackageFacts, _ claim: ClaimedPackage) -> PackageResult {
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
        self.derive(payload, payloadHash: hash, closure: nil, into: &result)
        return result
    }

    private func closed(_ closure: Closure, _ claim: ClaimedPackage, _ stored: Blob?) throws -> PackageResult {
        self.counters.add("packages_closed", claim.state == .closed ? 0 : 1)
        let period = closure.isPermanent ? self.schedule.permanentlyClosedPeriod : self.schedule.activePeriod
        var result = self.looked(claim, as: .closed, lag: nil, period: period)
        result.closure = closure
        if let stored {
            let payload = try Payload(canonicalJSON: try stored.content())
            self.derive(payload, payloadHash: stored.hash, closure: closure, into: &result)
        } else if claim.payloadHash != nil {
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
        if claim.state == .active || claim.state == .closed, claim.looks < self.schedule.looksBeforeGone {
            self.counters.add("packages_doubted")
            var result = self.unchanged(claim)
            result.format = claim.format
            result.looks = claim.looks + 1
            result.nextLookMilliseconds = self.schedule.doubtDelay(look: claim.looks)
            return result
        }
        let lag = self.schedule.lagOfUnknown(claim, type: self.source.type, nowMilliseconds: self.nowMilliseconds)
        var result = self.looked(claim, as: .missing, lag: lag, period: self.schedule.period(ofUnknown: claim))
        self.counters.add("packages_missing")
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
                ?? self.schedule.nextLook(slug: claim.slug, period: period, nowMilliseconds: self.nowMilliseconds)
        )
    }

    private func unchanged(_ claim: ClaimedPackage) -> PackageResult {
        PackageResult(
            claim: claim,
            state: claim.state,
            closure: claim.closure,
            format: self.format,
            isSettled: false,
            looks: claim.looks,
            nextLookMilliseconds: nil
        )
    }

    private func derive(
        _ payload: Payload,
        payloadHash: ContentHash,
        closure: Closure?,
        into result: inout PackageResult
    ) {
        let isBehind =
            self.schedule.lag(of: result.claim, behind: payload, nowMilliseconds: self.nowMilliseconds) != nil
        let facts = result.claim.facts(in: payload, isBehind: isBehind)
        let key = self.derivedKey(facts, payloadHash: payloadHash, closure: closure)
        if key == result.claim.derivedKey, !self.stage.context.options.isForced {
            self.counters.add("inputs_unchanged")
            return
        }
        let derived = Derivation.documents(
            payload: payload,
            facts: facts,
            closure: self.derivation.closedPolicy == .abandon ? closure : nil,
            settings: self.derivation
        )
        result.documents = [derived.main, derived.dev].map { ($0.path, Blob(of: $0.bytes)) }
        result.derivedKey = key
        result.latestVersion = derived.latestVersion ?? payload.version
        self.counters.add("packages_derived")
        self.counters.add("tags_invalid", derived.invalidTags)
        self.counters.add("tags_held_back", derived.heldBackTags)
        self.counters.add("tags_colliding", derived.collidingTags)
    }

    private func withdrawn(_ claim: ClaimedPackage) -> [(path: String, content: Blob?)] {
        let name = self.derivation.name(type: self.source.type, slug: claim.slug)
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
