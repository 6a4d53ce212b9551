/// The API still answers with what it knew, as caches of up to a day make it do upstream.
struct ApiLag: Sendable {
    /// nil: all packages.
    var slug: String?
    /// It ends when the repository reaches this revision.
    var untilRevision: Int?
    /// It ends at this time.
    var until: ContinuousClock.Instant?

    func covers(_ slug: String) -> Bool { self.slug == nil || self.slug == slug }

    func hasEnded(youngest: Int, now: ContinuousClock.Instant) -> Bool {
        if let revision = self.untilRevision, youngest >= revision { return true }
        if let until = self.until, now >= until { return true }
        return false
    }
}

extension SandboxRepository {
    /// What the API says of a slug now; nil when it knows no such package.
    mutating func answer(slug: String) -> SandboxPackage? {
        if !self.lags.isEmpty { self.endLags() }
        if let stale = self.stale[slug] { return stale }
        return self.packages[slug].flatMap { $0.isListed ? $0 : nil }
    }

    /// Before a change: keeps what the API has to go on saying.
    mutating func keepAnswer(slug: String) {
        guard !self.lags.isEmpty else { return }
        self.endLags()
        guard self.stale[slug] == nil, self.lags.contains(where: { $0.covers(slug) }) else { return }
        self.stale[slug] = .some(self.packages[slug].flatMap { $0.isListed ? $0 : nil })
    }

    /// Ends the lags of one package, or all of them.
    mutating func releaseLag(slug: String?) {
        self.lags.removeAll { slug == nil || $0.slug == slug }
        self.dropUncoveredAnswers()
    }

    private mutating func endLags() {
        let count = self.lags.count
        let now = ContinuousClock.now
        let youngest = self.youngest
        self.lags.removeAll { $0.hasEnded(youngest: youngest, now: now) }
        if self.lags.count < count { self.dropUncoveredAnswers() }
    }

    private mutating func dropUncoveredAnswers() {
        self.stale = self.stale.filter { entry in self.lags.contains { $0.covers(entry.key) } }
    }
}
