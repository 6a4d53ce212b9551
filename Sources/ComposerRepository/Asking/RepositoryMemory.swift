import Synchronization

/// What a process has learnt of a repository: shared by a source, which judges answers, and its asker.
final class RepositoryMemory: Sendable {
    private let known = Mutex<RepositoryRoot?>(nil)

    func remember(_ root: RepositoryRoot) { self.known.withLock { $0 = root } }

    var root: RepositoryRoot? { self.known.withLock { $0 } }

    /// Whether upstream tells of each change: then no package is looked at without cause.
    ///
    /// Before the root was read nothing is known, and packages are looked at in turn.
    var tellsChanges: Bool { self.known.withLock { $0?.tellsChanges ?? false } }
}

extension RepositoryRoot {
    /// Whether what changes can be told without a look at each package.
    var tellsChanges: Bool {
        switch self.offer {
        case .feed: true
        // What has no hash changes unseen.
        case .tree: self.providerIncludes.allSatisfy { $0.hash != nil }
        case .includes: self.includes.allSatisfy { $0.sha1 != nil }
        // The includes of such a root say the same in one file, as Satis writes them.
        case .list: !self.includes.isEmpty && self.includes.allSatisfy { $0.sha1 != nil }
        case .lazy, .names: false
        }
    }
}
