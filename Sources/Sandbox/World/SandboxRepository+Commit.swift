extension SandboxRepository {
    /// Makes one commit to one package.
    ///
    /// - Throws: ``SandboxError`` when the package or the tag does not fit; nothing has changed then.
    mutating func commit(slug: String, _ commit: SandboxCommit, microseconds: Int64) throws(SandboxError) -> Int {
        if case .empty = commit {
            return self.append(.commit(slug: "", .empty), microseconds: microseconds)
        }
        if case .paths = commit {
            return self.append(.commit(slug: slug, commit), microseconds: microseconds)
        }
        var commit = commit
        if case .restoreDirectory(var snapshot) = commit {
            snapshot.replaces = self.packages[slug] != nil
            commit = .restoreDirectory(snapshot)
            if !snapshot.replaces {
                snapshot.package.slug = slug
                self.store(snapshot.package)
            }
        }
        guard var package = self.packages[slug] else { throw .unknownPackage(self.directory, slug: slug) }
        if case .restoreTags(var snapshot) = commit {
            snapshot.replaces = package.hasTagsFolder
            commit = .restoreTags(snapshot)
        }
        try self.apply(commit, to: &package, revision: self.youngest + 1, seconds: microseconds / 1_000_000)
        self.store(package)
        return self.append(.commit(slug: slug, commit), microseconds: microseconds)
    }

    /// Changes a package as a commit does, without writing the log.
    func apply(
        _ commit: SandboxCommit,
        to package: inout SandboxPackage,
        revision: Int,
        seconds: Int64
    ) throws(SandboxError) {
        switch commit {
        case .tag(let name, let isLive):
            try Self.requireAbsent(name, in: package)
            package.insert(SandboxTag(name: name, addedRevision: revision))
            package.hasTagsFolder = true
            if self.directory == .plugins { package.trunkRevision = revision }
            if isLive { Self.makeLive(name, in: &package, seconds: seconds) }
        case .trunk(let version):
            package.trunkRevision = revision
            guard package.stableTag == "trunk" else { break }
            if let version { package.version = version }
            package.lastUpdatedSeconds = seconds
        case .rewriteTag(let name):
            package.tags[try Self.index(of: name, in: package)].revision = Int32(revision)
            if package.stableTag == name { package.lastUpdatedSeconds = seconds }
        case .deleteTag(let name):
            package.tags.remove(at: try Self.index(of: name, in: package))
            if package.stableTag == name { self.fallBack(in: &package, seconds: seconds) }
        case .renameTag(let name, let newName):
            let index = try Self.index(of: name, in: package)
            try Self.requireAbsent(newName, in: package)
            package.tags.remove(at: index)
            package.insert(SandboxTag(name: newName, addedRevision: revision))
            if package.stableTag == name { Self.makeLive(newName, in: &package, seconds: seconds) }
        case .makeLive(let name):
            if name != "trunk" { _ = try Self.index(of: name, in: package) }
            package.trunkRevision = revision
            Self.makeLive(name, in: &package, seconds: seconds)
        case .replaceDirectory:
            package.tags = []
            package.stableTag = "trunk"
            package.trunkRevision = revision
            package.bornRevision = revision
            package.lastUpdatedSeconds = seconds
        case .deleteTags:
            guard self.directory == .plugins else { throw .unknownTag("tags", slug: package.slug) }
            package.tags = []
            package.hasTagsFolder = false
            if package.stableTag != "trunk" { self.fallBack(in: &package, seconds: seconds) }
        case .restoreTags(let snapshot):
            guard self.directory == .plugins, snapshot.package.hasTagsFolder else {
                throw .unknownTag("tags", slug: package.slug)
            }
            self.restoreTags(of: snapshot, in: &package, revision: revision, seconds: seconds)
        case .restoreDirectory(let snapshot):
            package.hasTagsFolder = snapshot.package.hasTagsFolder
            self.restoreTags(of: snapshot, in: &package, revision: revision, seconds: seconds)
            if self.directory == .plugins {
                package.trunkRevision =
                    snapshot.package.slug == package.slug ? snapshot.package.trunkRevision : revision
            }
        case .assets, .branches, .paths, .empty:
            break
        }
    }

    private func restoreTags(
        of snapshot: SandboxSnapshot,
        in package: inout SandboxPackage,
        revision: Int,
        seconds: Int64
    ) {
        package.tags = snapshot.package.tags.map { snapshot.copied($0, to: package.slug, revision: revision) }
        if self.directory == .plugins { package.hasTagsFolder = true }
        let live = snapshot.package.stableTag
        if package.tagIndex(live) != nil {
            Self.makeLive(live, in: &package, seconds: seconds)
        } else {
            self.fallBack(in: &package, seconds: seconds)
        }
    }

    private static func makeLive(_ name: String, in package: inout SandboxPackage, seconds: Int64) {
        package.stableTag = name
        if name != "trunk" { package.version = name }
        package.lastUpdatedSeconds = seconds
    }

    /// Without its live tag a plugin is served from trunk, a theme from its last version.
    private func fallBack(in package: inout SandboxPackage, seconds: Int64) {
        package.stableTag = self.directory == .plugins ? "trunk" : package.tags.last?.name ?? package.version
        if self.directory == .themes { package.version = package.stableTag }
        package.lastUpdatedSeconds = seconds
    }

    private static func index(of name: String, in package: SandboxPackage) throws(SandboxError) -> Int {
        guard let index = package.tagIndex(name) else { throw .unknownTag(name, slug: package.slug) }
        return index
    }

    private static func requireAbsent(_ name: String, in package: SandboxPackage) throws(SandboxError) {
        if package.tagIndex(name) != nil { throw .tagExists(name, slug: package.slug) }
    }
}
