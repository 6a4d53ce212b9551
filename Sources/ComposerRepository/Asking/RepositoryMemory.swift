import Facts
import Synchronization
import Upstream

/// What a process has learnt of a repository: shared by a source, which judges answers, and its asker.
final class RepositoryMemory: Sendable {
    private let known = Mutex<RepositoryRoot?>(nil)

    func remember(_ root: RepositoryRoot) { self.known.withLock { $0 = root } }

    /// nil before the root was read: then it is not known what upstream tells, and packages are looked at in turn.
    var root: RepositoryRoot? { self.known.withLock { $0 } }
}

extension RepositoryRoot {
    /// Whether upstream tells of a package's changes: then it is not looked at without cause.
    ///
    /// - Parameter answer: What upstream says of it now.
    func tellsChanges(of package: KnownPackage, _ answer: PackageAnswer<RepositoryPayload>) -> Bool {
        switch self.offer {
        case .feed: !answer.isOfRoot
        // What has no hash changes unseen.
        case .tree: !answer.isOfRoot && self.providerIncludes.allSatisfy { $0.hash != nil }
        case .includes: self.includes.allSatisfy { $0.sha1 != nil }
        // The includes of such a root say the same in one file, as Satis writes them; but maybe not of all packages, and
        // nothing of one that is listed again.
        case .list:
            !answer.isNotFound && package.mark.map { !$0.hasPrefix("+") } ?? false
                && !self.includes.isEmpty && self.includes.allSatisfy { $0.sha1 != nil }
        case .lazy, .names: false
        }
    }

    /// Whether any file is named by a hash, so that what changes in it can be told.
    var namesHashedFiles: Bool {
        self.providerIncludes.contains { $0.hash != nil } || self.includes.contains { $0.sha1 != nil }
    }
}

extension PackageAnswer<RepositoryPayload> {
    fileprivate var isNotFound: Bool { if case .notFound = self { true } else { false } }

    /// Whether it was read from a file with many packages, and not from a document of its own.
    fileprivate var isOfRoot: Bool {
        guard case .active(let payload, _) = self else { return false }
        return payload.parts.contains { $0.name == RepositoryPayload.versions }
    }
}
