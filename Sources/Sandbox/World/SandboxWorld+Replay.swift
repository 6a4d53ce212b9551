extension SandboxWorld {
    /// Rounds of recorded changes that are left.
    package var replayRoundsLeft: Int { self.withState { $0.replay?.rounds.count ?? 0 } }

    /// Applies the next round of recorded changes as commits.
    ///
    /// - Returns: How many events were applied; 0 when no round is left and they do not begin anew.
    /// - Throws: ``SandboxError/noReplay`` when nothing was loaded.
    @discardableResult
    package func replayRound() throws(SandboxError) -> Int {
        try self.withState { (state: inout State) throws(SandboxError) in
            guard let events = state.replay?.nextRound() else { throw .noReplay }
            for event in events { try Self.apply(event, to: &state) }
            return events.count
        }
    }

    /// One event is one commit, and one more for each tag that goes and for each birth.
    private static func apply(_ event: EventReplay.Event, to state: inout State) throws(SandboxError) {
        let directory = event.directory
        state.nowMicroseconds = max(state.nowMicroseconds, event.seconds * 1_000_000)
        if state[directory].packages[event.slug] == nil {
            let known = state.replay?.newPackages[directory]?[event.slug]
            let package = known ?? SandboxPackage(slug: event.slug, version: event.version)
            _ = try Self.add(package, tags: [], to: directory, in: &state)
        }
        guard let package = state[directory].packages[event.slug] else { return }
        // Which tags went is not recorded: the first ones that are of no use do.
        let useless = package.tags.map(\.name).filter { $0 != event.version && $0 != package.stableTag }
        for name in useless.prefix(event.removed) {
            _ = try state[directory].commit(slug: event.slug, .deleteTag(name), microseconds: state.step())
        }
        let isReleasedFromTrunk = directory == .plugins && (event.stableTag == "trunk" || event.added == 0)
        let commit: SandboxCommit =
            if package.tagIndex(event.version) != nil {
                .rewriteTag(event.version)
            } else if isReleasedFromTrunk, !event.isNew {
                .trunk(version: event.version)
            } else {
                .tag(event.version, isLive: event.stableTag != "trunk")
            }
        _ = try state[directory].commit(slug: event.slug, commit, microseconds: state.step())
        if case .tag = commit, let former = event.formerVersion,
            state[directory].packages[event.slug]?.tagIndex(former) != nil
        {
            _ = try state[directory].commit(slug: event.slug, .deleteTag(former), microseconds: state.step())
        }
        guard var changed = state[directory].packages[event.slug] else { return }
        // What the answer said when this was recorded, whatever the commit was.
        changed.version = event.version
        changed.lastUpdatedSeconds = state.nowMicroseconds / 1_000_000
        if directory == .plugins, changed.tagIndex(event.stableTag) != nil || event.stableTag == "trunk" {
            changed.stableTag = event.stableTag
        }
        state[directory].store(changed)
    }
}

extension SandboxWorld.State {
    /// Time passes until the next commit of a replay: a day has room for two thousand of them.
    fileprivate mutating func step() -> Int64 {
        guard let lap = self.replay?.lap, lap > 0 else { return self.tick() }
        self.nowMicroseconds += 40_000_000
        return self.nowMicroseconds
    }
}
