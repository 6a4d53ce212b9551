import Composer
import Facts
import Store
import Upstream

/// Documents, and what they are derived from.
extension AnswerReader {
    /// - Parameters:
    ///   - isBehind: Whether upstream is behind; nil is as the payload tells.
    ///   - parts: The payload as it is stored.
    func derive(
        _ payload: Source.Payload,
        payloadHash: ContentHash,
        closure: Closure?,
        isBehind: Bool? = nil,
        parts: () -> StoredPayload,
        into result: inout PackageResult
    ) throws {
        result.isDerived = true
        // Another package of the source has its name, and with it the documents.
        guard let name = result.claim.name else { return }
        var known = result.claim.known
        let isBehind =
            isBehind
            ?? self.source.look(at: known, .active(payload, PackageFacts()), nowMilliseconds: self.nowMilliseconds)
            .isBehind
        let facts = self.source.facts(of: known, payload, isBehind: isBehind)
        let key = self.derivedKey(
            facts,
            payloadHash: payloadHash,
            closure: closure,
            beside: self.besides(result.claim)
        )
        if key == result.claim.derivedKey, !self.stage.context.options.isForced {
            self.counters.add(.inputsUnchanged)
            return
        }
        // Of most packages there are none, where few are selected.
        let keepsArchives = self.archivePolicy?.selects(package: name) == true || !result.claim.archives.isEmpty
        if self.archivePolicy != nil, keepsArchives {
            known.ownVersions = result.claim.ownVersions
            known.firstFetches = result.claim.firstFetches
        }
        let derived = self.source.derive(payload, of: known, facts: facts)
        let archives = try self.archivePolicy.map { policy in
            ArchivePublication(
                policy: policy,
                name: name,
                listed: keepsArchives
                    ? try self.source.archives(of: derived, named: name, of: known, facts: facts) : [],
                live: result.claim.archives,
                refused: result.claim.refusedArchives,
                absent: result.claim.absentArchives
            )
        }
        result.archives = archives?.listed
        if self.fetchesLater {
            result.archives = try self.source.archives(of: derived, named: name, of: known, facts: facts)
                .map { ListedArchive($0, isWanted: false) }
        }
        let (documents, counts) = try self.publication.documents(
            of: derived,
            closure: closure,
            archives: archives,
            advisories: self.advisories(result.claim, name),
            limit: self.source.documentBytes
        )
        result.documents = documents.map { document in
            // What the common step has changed is no part any more.
            (document.path, document.part.flatMap { parts().content(ofPart: $0) } ?? Blob(of: document.bytes))
        }
        result.emptyDocuments = documents.filter { !$0.hasVersions }.map(\.path)
        result.filters = derived.filters
        result.derivedKey = key
        if self.source.requirementLimit != nil { result.requires = derived.requires }
        result.latestVersion = derived.latestVersion ?? self.source.traits(of: payload).version
        self.counters.add(.packagesDerived)
        for (name, count) in derived.counts + counts { self.counters.add(name, count) }
    }

    /// What of a package is known beside what upstream says of it, as far as its documents are derived from that.
    private func besides(_ claim: ClaimedPackage) -> String {
        (self.archivePolicy == nil ? "" : ArchivePublication.key(claim)) + AdvisoryPublication.key(claim)
    }

    func advisories(_ claim: ClaimedPackage, _ name: String) -> AdvisoryPublication {
        AdvisoryPublication(
            mode: self.stage.context.settings.advisories.mode,
            name: name,
            advisories: claim.advisories
        )
    }

    /// Names all that a withdrawn package's documents are derived from: who has a closed one installed is still to be told
    /// of its advisories.
    func withdrawnKey(_ claim: ClaimedPackage, closure: Closure?) -> ContentHash {
        self.derivedKey([:], payloadHash: nil, closure: closure, beside: AdvisoryPublication.key(claim))
    }

    func withdraw(_ claim: ClaimedPackage, closure: Closure?, in result: inout PackageResult) {
        result.derivedKey = self.withdrawnKey(claim, closure: closure)
        result.isDerived = true
        // Nothing lists them any more; what is there stays.
        if self.archivePolicy != nil || self.fetchesLater { result.archives = [] }
        if self.source.requirementLimit != nil { result.requires = [] }
        result.filters = []
        guard let name = claim.name else { return }
        result.documents = [DocumentName.main(of: name), .dev(of: name)].map { ($0.path, nil) }
        guard result.state == .closed, let document = self.advisories(claim, name).document else { return }
        result.documents.append((document.path, Blob(of: document.bytes)))
    }

    /// Names all that documents are derived from: equal keys mean equal documents.
    func derivedKey(
        _ facts: LogFacts,
        payloadHash: ContentHash?,
        closure: Closure?,
        beside: String = ""
    ) -> ContentHash {
        var text = self.fingerprint + "\n" + (payloadHash?.hexadecimal ?? "withdrawn") + "\n"
        if let closure { text += "closed\n" + self.publication.key(of: closure) }
        if payloadHash != nil {
            for (path, fact) in facts.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                text += "\(path)\n\(fact.revision) \(fact.changedAtMilliseconds ?? -1) "
                text += "\(fact.appearedAtMilliseconds ?? -1)\n"
            }
        }
        text += beside
        return ContentHash(of: Array(text.utf8))
    }
}
