import Composer
import Facts
import Store
import Upstream

extension UpstreamSource {
    /// What a payload is stored as, with its hash before that is made.
    func stored(
        _ payload: Payload
    ) -> (hash: ContentHash, validators: [String: Validators], make: () -> StoredPayload) {
        let parts = self.parts(of: payload)
        let hashes = StoredPayload.hashes(of: parts)
        return (
            StoredPayload.hash(of: parts, hashes), StoredPayload.validators(of: parts),
            { StoredPayload(parts, hashes: hashes) }
        )
    }

    func payload(of stored: StoredPayload, key: String) throws -> Payload {
        try self.payload(of: try stored.content(), key: key)
    }
}

extension ClaimedPackage {
    var validators: [String: Validators] { self.parts.mapValues(\.validators) }

    /// What the kind is told of it.
    var known: KnownPackage { self.known(with: nil) }

    /// What of its archives is published as versions that upstream has no archive of.
    var ownVersions: [OwnVersion] {
        self.archives.compactMap { archive in
            archive.ownVersion.map {
                OwnVersion(version: $0, normalized: archive.version, reference: archive.reference)
            }
        }
    }

    /// When archives of its versions first came.
    var firstFetches: [String: Int64] {
        let fetches = self.archives.compactMap { archive in
            archive.firstFetchedAtMilliseconds.map { (archive.version, $0) }
        }
        return Dictionary(fetches, uniquingKeysWith: min)
    }

    /// - Parameter stored: Its payload, for kinds that want it.
    func known(with stored: StoredPayload?) -> KnownPackage {
        KnownPackage(
            key: self.key,
            state: self.state,
            closure: self.closure,
            changedRevision: self.changedRevision,
            changedAtMilliseconds: self.changedAtMilliseconds,
            mark: self.mark,
            settledRevision: self.settledRevision,
            looks: self.looks,
            facts: self.facts,
            importedFacts: self.importedFacts,
            importedRemovals: self.importedRemovals,
            removedPaths: self.removedPaths,
            // What is not published has to be told whole: that nothing has changed would say too little.
            validators: self.state == .active ? self.validators : [:],
            // What can't be read is as if it were not there: upstream is asked for all of it.
            parts: stored.flatMap { try? $0.content() } ?? []
        )
    }
}
