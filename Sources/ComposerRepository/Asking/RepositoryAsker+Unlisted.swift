import Facts
import Upstream

extension RepositoryAsker {
    /// Whether Composer finds a package no more although its document may still be there: what names all packages lacks it.
    ///
    /// Nothing is concluded from a list that can't be had, or that is shorter than discovery would believe; nor where it is
    /// not read whole, because few names are wanted.
    func isUnlisted(_ package: KnownPackage, in root: RepositoryRoot) async throws -> Bool {
        guard let leastListed, self.source.selection?.keys == nil else { return false }
        switch root.offer {
        // One that is new was listed after this was read, or by another replica.
        case .list where root.availableAreAll && package.state != .new:
            let names = await self.contents.available(in: root)
            return names.count >= leastListed && !names.contains(package.key)
        // Beside metadata-url a tree is dead for Composer, and by `providers-lazy-url` it asks for other names too.
        case .tree where root.metadataURL == nil && root.isFinite:
            // Of what was told since the tree is not read as a whole: it is listed.
            guard package.changedRevision <= package.settledRevision else { return false }
            do {
                let tree = try await self.contents.tree(in: root)
                return tree.count >= leastListed && tree[package.key] == nil
            } catch is UpstreamError {
                return false
            }
        case .feed, .tree, .includes, .list, .lazy, .names: return false
        }
    }
}
