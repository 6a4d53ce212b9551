import Facts

/// What upstream's answer says of its import, which runs minutes to hours after a commit: it builds the archives of what
/// was committed to, and moves the date of the last update.
extension KnownPackage {
    /// Whether the answer lacks what commits since the last settled revision must have brought.
    func isAhead(of payload: Payload) -> Bool {
        let folder = payload.type == .plugin ? "tags/" : ""
        // A set, and only when it is asked for: most answers are to packages without news.
        lazy var listed = Set(payload.versions.map(\.tag))
        func isListed(_ path: String) -> Bool {
            let tag = String(path.dropFirst(folder.count))
            return listed.contains(tag) || listed.contains("0\(tag)")
        }
        for (path, revision) in self.removedPaths where revision > self.settledRevision && path.hasPrefix(folder) {
            let isStillListed =
                path == folder
                ? payload.versions.contains { $0.tag != "trunk" && self.facts[folder + $0.tag] == nil }
                : path != "trunk" && isListed(path)
            if isStillListed { return true }
        }
        for (path, fact) in self.facts where self.removedPaths[path] == nil {
            let isNew = fact.revision > self.settledRevision
            if isNew, payload.isLive(path), fact.changedAtMilliseconds != nil, payload.lastUpdatedSeconds != nil,
                !payload.showsImport(of: fact)
            {
                return true
            }
            // What a copy has brought back keeps its revision.
            guard isNew || self.importedRemovals.contains(path) else { continue }
            if path != "trunk", path.hasPrefix(folder), fact.appearedAtMilliseconds != nil, !isListed(path) {
                return true
            }
        }
        return false
    }

    /// The facts that documents are derived from.
    ///
    /// While upstream is behind, paths keep the revision that it has imported, so that no archive is announced under a
    /// reference whose bytes it does not have yet. What has no revision that is known to be imported has none so long.
    func facts(in payload: Payload, isBehind: Bool) -> LogFacts {
        guard isBehind else { return self.facts }
        var facts = self.facts
        for (path, newest) in self.facts where !payload.showsImport(of: newest) {
            let imported = self.importedFacts[path]
            // That a path is listed shows that it was imported since it came into being; of the live one its date does.
            let isUnsure = payload.isLive(path) && newest.revision > self.settledRevision
            facts[path] = isUnsure && imported?.revision == newest.revision ? nil : imported
        }
        return facts
    }
}

extension Payload {
    /// Whether it is what upstream says is live: the stable tag, or trunk.
    fileprivate func isLive(_ path: String) -> Bool {
        guard let stableTag else { return false }
        if stableTag == "trunk" { return path == "trunk" }
        // Upstream calls the directory ".1" "0.1".
        return path == "tags/\(stableTag)" || stableTag.hasPrefix("0.") && path == "tags/\(stableTag.dropFirst())"
    }

    /// Whether the last update is at or after the commit, with the precision of a minute that upstream's date has.
    fileprivate func showsImport(of fact: LogFact) -> Bool {
        guard let changed = fact.changedAtMilliseconds, let lastUpdatedSeconds else { return false }
        return lastUpdatedSeconds >= changed / 60_000 * 60
    }
}
