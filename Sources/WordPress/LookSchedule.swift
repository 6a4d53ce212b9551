import Facts
import Resilience

/// When a package is looked at again.
package struct LookSchedule: Sendable {
    /// Waits while upstream lags behind its own Subversion: ten looks over about 24 hours.
    package var lagDelays: [Duration] =
        [2, 5, 10, 20, 40, 80, 160, 300, 360, 460].map { .seconds($0 * 60) }
    /// Commits older than this promise nothing any more.
    package var lagWindow: Duration = .seconds(36 * 3_600)
    /// Themes wait for a review: they are looked at twice a day for a week.
    package var themeReviewWindow: Duration = .seconds(7 * 86_400)
    package var themeReviewDelay: Duration = .seconds(12 * 3_600)
    /// Upstream remembers for two days that it does not know a slug, and releases may wait for confirmation: what was
    /// committed to is looked for daily for two weeks.
    package var unknownWindow: Duration = .seconds(14 * 86_400)
    package var unknownDelay: Duration = .seconds(86_400)
    /// Every active package is looked at again within this time, because closing leaves no trace in the log.
    package var activePeriod: Duration = .seconds(86_400)
    package var permanentlyClosedPeriod: Duration = .seconds(7 * 86_400)
    /// Directories that are no package.
    package var missingPeriod: Duration = .seconds(30 * 86_400)
    /// Those that a listing named and nobody was asked about before: they may be too new to be known.
    package var newlyMissingPeriod: Duration = .seconds(5 * 86_400)

    package init() {}

    /// How long to wait for what the log has promised, in ms; nil when the answer shows it, or it is not waited
    /// for any longer.
    func lag(of claim: KnownPackage, behind payload: Payload, nowMilliseconds: Int64) -> Int64? {
        guard claim.changedRevision > claim.settledRevision, let changed = claim.changedAtMilliseconds else {
            return nil
        }
        let window = payload.type == .theme ? self.themeReviewWindow : self.lagWindow
        guard nowMilliseconds - changed < window.inMilliseconds, claim.isAhead(of: payload) else { return nil }
        return self.lagDelay(look: claim.looks, type: payload.type)
    }

    /// The same for an answer that upstream knows no such package; the log may say that it is gone.
    func lagOfUnknown(_ claim: KnownPackage, type: PackageType, nowMilliseconds: Int64) -> Int64? {
        guard claim.changedRevision > claim.settledRevision, let changed = claim.changedAtMilliseconds,
            claim.removedPaths[""] == nil
        else { return nil }
        let age = nowMilliseconds - changed
        let isReviewed = type == .plugin || age < self.themeReviewWindow.inMilliseconds
        if isReviewed, let delay = self.lagDelay(look: claim.looks, type: type) { return delay }
        return age < self.unknownWindow.inMilliseconds ? self.unknownDelay.inMilliseconds : nil
    }

    /// How often a slug that is not known to upstream is asked about when nothing is waited for.
    func period(ofUnknown claim: KnownPackage) -> Duration {
        claim.state == .new && claim.changedRevision == 0 ? self.newlyMissingPeriod : self.missingPeriod
    }

    private func lagDelay(look: Int, type: PackageType) -> Int64? {
        if look < self.lagDelays.count { return self.lagDelays[look].inMilliseconds }
        return type == .theme ? self.themeReviewDelay.inMilliseconds : nil
    }
}
