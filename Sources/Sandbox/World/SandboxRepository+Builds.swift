extension SandboxRepository {
    /// The revision from which a tag's archive, or trunk's, was built before that of a revision; nil when it is the first.
    ///
    /// Reads the log of all packages: for rare questions.
    func build(before revision: Int, of package: SandboxPackage, _ tag: SandboxTag?) -> Int? {
        let first = tag.map { Int($0.addedRevision) } ?? package.bornRevision
        guard first < revision, revision <= self.youngest + 1 else { return nil }
        let found = ((first + 1)..<revision).last { number in
            guard case .commit(package.slug, let commit) = self.revisions[number].change else { return false }
            switch (commit, tag) {
            case (.rewriteTag(let name), let tag?): return name == tag.name
            case (.trunk, nil), (.tag, nil), (.makeLive, nil): return true
            default: return false
            }
        }
        return found ?? first
    }
}
