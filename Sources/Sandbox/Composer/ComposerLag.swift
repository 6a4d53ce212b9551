/// Documents that are still served as they were, or not yet, after the feed told of them: as a CDN does for up to a day.
struct ComposerLag: Sendable {
    /// nil: all packages.
    var number: Int?
    /// It ends when so many publications were made in all.
    var untilPublications: Int?
    /// It ends at this time.
    var until: ContinuousClock.Instant?

    func covers(_ number: Int) -> Bool { self.number == nil || self.number == number }

    func hasEnded(publications: Int, now: ContinuousClock.Instant) -> Bool {
        if let end = self.untilPublications, publications >= end { return true }
        if let until = self.until, now >= until { return true }
        return false
    }
}

extension ComposerWorld.State {
    /// What is served of a package; nil when it is not there, or not yet.
    mutating func shown(_ number: Int) -> ComposerPackageState? {
        if !self.lags.isEmpty { self.endLags() }
        let state = self.stale[number] ?? self.current(number)
        return state.flatMap { $0.isDeleted ? nil : $0 }
    }

    /// Before a change: keeps what has to be served on.
    mutating func keepServed(_ number: Int, isNew: Bool) {
        guard !self.lags.isEmpty else { return }
        self.endLags()
        guard self.stale[number] == nil, self.lags.contains(where: { $0.covers(number) }) else { return }
        self.stale[number] = .some(isNew ? nil : self.current(number))
    }

    mutating func endLags() {
        let count = self.lags.count
        let now = ContinuousClock.now
        let publications = self.publications
        self.lags.removeAll { $0.hasEnded(publications: publications, now: now) }
        if self.lags.count < count { self.dropUncovered() }
    }

    mutating func dropUncovered() {
        self.stale = self.stale.filter { entry in self.lags.contains { $0.covers(entry.key) } }
        self.touch()
    }
}
