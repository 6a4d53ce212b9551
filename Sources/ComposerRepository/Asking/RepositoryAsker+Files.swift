import Composer
import Facts
import Logging
import Upstream

extension RepositoryAsker {
    /// What files that are named by hash have that is new: those are read that were not before.
    ///
    /// One that can't be had is left for the next time, and holds back its own packages.
    func fileChanges(
        _ offer: RepositoryRoot.Offer,
        _ sign: String,
        known: [String: String],
        _ wanted: StretchRequest
    ) async throws -> ChangeStretch {
        let (root, bytes) = try await self.files.readRoot()
        // What was told of by hashes is not looked at in turn: where nothing has any more, it is from now on.
        let isLost = !known.isEmpty && !root.namesHashedFiles
        var taking = FileTaking(known: isLost ? [:] : known, asker: self)
        switch offer {
        case .tree: try await taking.takeListings(of: root, upTo: wanted.maxSize)
        case .includes, .list: try await taking.takePackages(of: root, bytes, upTo: wanted.maxSize)
        // Names are all that such a root tells.
        case .feed, .lazy, .names: break
        }
        let isWhole = !taking.hasMore && taking.failed.isEmpty
        var stretch = ChangeStretch(
            packages: taking.records,
            reached: RepositoryPosition.files(offer, sign: isWhole ? sign : "", known: taking.kept).position,
            isAtEnd: !taking.hasMore,
            wantsListing: !taking.hasMore && offer != .tree && wanted.after != nil,
            items: taking.read
        )
        if isLost { stretch.restarts() }
        // Those of the root are told once.
        if !taking.hasMore { taking.count(root.tally) }
        stretch.missed = taking.failed
        stretch.tally.damaged = taking.tally.damaged
        stretch.tally.unusableKeys = taking.tally.unusableNames
        return stretch
    }
}
