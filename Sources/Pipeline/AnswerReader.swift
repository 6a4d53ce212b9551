import Composer
import Facts
import Resilience
import Store
import Upstream

/// Upstream says that something has not changed since, and that is not stored, or can't be read: it has to be asked
/// without conditions.
struct PayloadLost: Error, CustomStringConvertible {
    var description: String { "upstream says that it has not changed, and nothing of it is stored that can be read" }
}

/// Turns what upstream said of a package into what is written back: a pure step, no I/O.
struct AnswerReader<Source: UpstreamSource> {
    let stage: UpdateStage
    let source: Source
    /// Of the kind's step of derivation, and of the common one.
    let fingerprint: String
    let format: Int64
    let nowMilliseconds: Int64

    var counters: Counters { self.stage.context.counters }
    var publication: Publication { self.stage.context.settings.publication }
    /// nil where archives of the source are not kept.
    var archivePolicy: ArchivePolicy? { self.stage.context.settings.archives.policies[self.source.name] }
    /// Whether they are fetched when they are asked for: then only what upstream lists is written, of those that were.
    var fetchesLater: Bool { self.stage.context.settings.archives.lazy[self.source.name] != nil }
    private var doubts: DoubtPolicy { self.stage.configuration.doubts }

    /// - Parameter stored: The payload of a package that upstream says nothing new of, where its documents stay.
    /// - Throws: When a stored payload can't be read, or a document is larger than any may be.
    func result(
        of answer: PackageAnswer<Source.Payload>,
        for claim: ClaimedPackage,
        stored: StoredPayload?
    ) throws -> PackageResult {
        switch answer {
        case .active(let payload, let facts): try self.active(payload, facts, answer, claim)
        case .unchanged: try self.unchanged(answer, claim, stored)
        case .partsChanged(let parts):
            try self.active(try self.merged(parts, claim, stored), PackageFacts(), answer, claim)
        case .closed(let closure): try self.closed(closure, answer, claim, stored)
        case .notFound: self.notFound(answer, claim)
        }
    }

    /// The same package under the present settings, from its stored payload.
    ///
    /// - Throws: When the payload is missing, damaged or in a form that this build does not read, or gives too large
    ///   a document.
    func rederived(_ claim: ClaimedPackage) throws -> PackageResult {
        if claim.state == .closed, !self.publication.closedPolicy.keepsVersions {
            var result = self.asItWas(claim)
            try self.bury(claim, closure: claim.closure ?? Closure(), in: &result)
            return result
        }
        if claim.state == .closed, claim.payloadHash == nil {
            var result = self.asItWas(claim)
            self.withdraw(claim, closure: claim.closure, in: &result)
            return result
        }
        guard let stored = claim.payload else {
            throw StoreError.corruptBlob(hash: claim.payloadHash?.hexadecimal ?? "")
        }
        let payload = try self.source.payload(of: stored, key: claim.key)
        var result = self.asItWas(claim)
        switch claim.state {
        case .active:
            try self.derive(payload, payloadHash: stored.hash, closure: nil, parts: { stored }, into: &result)
        case .closed:
            try self.derive(
                payload,
                payloadHash: stored.hash,
                closure: claim.closure ?? Closure(),
                parts: { stored },
                into: &result
            )
        case .missing, .new: self.withdraw(claim, closure: claim.closure, in: &result)
        }
        return result
    }

    // MARK: What upstream says

    private func active(
        _ payload: Source.Payload,
        _ facts: PackageFacts,
        _ answer: PackageAnswer<Source.Payload>,
        _ claim: ClaimedPackage
    ) throws -> PackageResult {
        if claim.state == .active, claim.doubts < self.doubts.looksBeforeGone, self.lacksPart(payload, of: claim) {
            return self.doubted(claim)
        }
        let (hash, validators, makePayload) = self.source.stored(payload)
        var result = self.looked(claim, as: .active, answer)
        result.activeInstalls = facts.activeInstalls
        if hash == claim.payloadHash {
            self.counters.add(.payloadsUnchanged)
            if validators != claim.validators { result.payload = makePayload() }
        } else {
            let traits = self.source.traits(of: payload)
            result.payload = makePayload()
            result.title = traits.title
            result.lastUpdatedMilliseconds = traits.lastUpdatedMilliseconds
        }
        let new = result.payload
        try self.derive(
            payload,
            payloadHash: hash,
            closure: nil,
            isBehind: !result.isSettled,
            parts: { new ?? makePayload() },
            into: &result
        )
        return result
    }

    /// Whether a part is empty that was not: half of a package that is gone, which is doubted as the whole would be.
    private func lacksPart(_ payload: Source.Payload, of claim: ClaimedPackage) -> Bool {
        guard !claim.parts.isEmpty else { return false }
        let empty = ContentHash(of: [] as [UInt8])
        return self.source.parts(of: payload).contains { part in
            part.bytes.isEmpty && claim.parts[part.name].map { $0.hash != empty } ?? false
        }
    }

    /// Everything that upstream said is as it was; what else documents are derived from need not be.
    private func unchanged(
        _ answer: PackageAnswer<Source.Payload>,
        _ claim: ClaimedPackage,
        _ stored: StoredPayload?
    ) throws -> PackageResult {
        guard let stored, let payload = try? self.source.payload(of: stored, key: claim.key) else {
            throw PayloadLost()
        }
        self.counters.add(.payloadsUnchanged)
        var result = self.looked(claim, as: .active, answer)
        try self.derive(payload, payloadHash: stored.hash, closure: nil, parts: { stored }, into: &result)
        return result
    }

    /// What was said anew, and of the other parts what is stored.
    private func merged(_ parts: [PayloadPart], _ claim: ClaimedPackage, _ stored: StoredPayload?) throws
        -> Source.Payload
    {
        guard let stored, let known = try? stored.content() else { throw PayloadLost() }
        let names = Set(parts.map(\.name))
        // In the order in which a kind makes them.
        let all = known.map { part in parts.first { $0.name == part.name } ?? part }
        let new = parts.filter { part in !all.contains { $0.name == part.name } }
        guard names.count == parts.count else { throw GuardRefusal("upstream's answer has a part twice") }
        return try self.source.payload(of: all + new, key: claim.key)
    }

    /// Nobody needs it, and upstream is not asked.
    func unneeded(_ claim: ClaimedPackage) -> PackageResult {
        var result = PackageResult(
            claim: claim,
            state: .missing,
            format: self.format,
            isSettled: true,
            looks: 0,
            nextLook: .never
        )
        self.withdraw(claim, closure: nil, in: &result)
        return result
    }

    /// Closing is believed when it was said twice.
    ///
    /// Where the policy keeps documents and the payload that they are derived from is lost, they stay as they are.
    private func closed(
        _ closure: Closure,
        _ answer: PackageAnswer<Source.Payload>,
        _ claim: ClaimedPackage,
        _ stored: StoredPayload?
    ) throws -> PackageResult {
        if claim.state == .active, claim.doubts < self.doubts.looksBeforeClosed { return self.doubted(claim) }
        var result = self.looked(claim, as: .closed, answer)
        result.closure = closure
        if let stored {
            let payload = try self.source.payload(of: stored, key: claim.key)
            try self.derive(payload, payloadHash: stored.hash, closure: closure, parts: { stored }, into: &result)
        } else if self.publication.closedPolicy == .tombstone
            ? claim.name != nil : claim.mayHaveDocuments || !claim.advisories.isEmpty,
            !self.publication.closedPolicy.keepsVersions
        {
            let key = self.withdrawnKey(claim, closure: closure)
            if key != claim.derivedKey || self.stage.context.options.isForced {
                try self.bury(claim, closure: closure, in: &result)
            }
        }
        return result
    }

    /// Unknown is said of what never was a package, of what is too new, and falsely of what is there: an active
    /// package is only believed to be gone when it was said again and again.
    private func notFound(_ answer: PackageAnswer<Source.Payload>, _ claim: ClaimedPackage) -> PackageResult {
        if claim.state == .active || claim.state == .closed, claim.doubts < self.doubts.looksBeforeGone {
            return self.doubted(claim)
        }
        var result = self.looked(claim, as: .missing, answer)
        if claim.mayHaveDocuments { self.withdraw(claim, closure: nil, in: &result) }
        return result
    }

    // MARK: Parts of a result

    /// Upstream was asked: it has caught up, or is looked at again.
    private func looked(
        _ claim: ClaimedPackage,
        as state: PackageState,
        _ answer: PackageAnswer<Source.Payload>
    ) -> PackageResult {
        let look = self.source.look(at: claim.known, answer, nowMilliseconds: self.nowMilliseconds)
        if look.isBehind { self.counters.add(.packagesBehind) }
        return PackageResult(
            claim: claim,
            state: state,
            format: self.format,
            isSettled: !look.isBehind,
            looks: look.isBehind ? claim.looks + 1 : 0,
            nextLook: look.nextMilliseconds.map(NextLook.after) ?? .never
        )
    }

    /// Everything stays as it is until upstream has said it again.
    private func doubted(_ claim: ClaimedPackage) -> PackageResult {
        self.counters.add(.packagesDoubted)
        var result = self.asItWas(claim)
        result.format = claim.format
        result.doubts = claim.doubts + 1
        result.nextLook = .after(self.doubts.delayMilliseconds(look: claim.doubts))
        return result
    }

    private func asItWas(_ claim: ClaimedPackage) -> PackageResult {
        var result = PackageResult(
            claim: claim,
            state: claim.state,
            closure: claim.closure,
            format: self.format,
            isSettled: false,
            looks: claim.looks,
            nextLook: .asPlanned
        )
        result.doubts = claim.doubts
        result.isConclusive = false
        return result
    }
}
