import Advisories
import Composer
import Facts
import Logging
import Resilience
import ServiceLifecycle
import Store
import Upstream
import Wire

/// Takes in what feeds of advisories say, beside the sources: under a lease of its own for each, and never more often than a
/// feed allows.
///
/// What a feed says wrongly, or no more, withdraws nothing: an answer is whole or none, and more than a few withdrawals in a
/// day want a person.
struct AdvisoryIntake: Sendable {
    let context: StageContext
    /// How many percent of a feed's advisories may be withdrawn in a day.
    let maxShrinkPercent: Int
    let client: UpstreamClient

    private var settings: AdvisorySettings { self.context.settings.advisories }

    /// Takes in one feed, if it is time.
    ///
    /// - Returns: What a person may want to know; nil where nothing was done.
    /// - Throws: `UpstreamError`, ``GuardRefusal``, `StoreError`.
    func takeIn(_ entry: AdvisorySettings.Feed) async throws -> String? {
        let feed = entry.connect(self.client)
        let store = self.context.store
        let period = max(feed.minimumPeriod, self.settings.period).inMilliseconds
        let known = try await store.advisoryFeed(entry.name)
        guard let run = self.context.run else { return self.dryNote(entry.name, known, period) }
        try await self.rejoin(entry.name, known, run)
        // A look first: where it is not time, no row is written.
        guard Self.isTime(known, period), known?.leasedBy == nil else { return nil }
        guard
            let leased = try await store.leaseAdvisoryFeed(
                entry.name,
                run: run,
                leaseMilliseconds: self.context.settings.leaseMilliseconds,
                period: period,
                joiningUnder: self.settings.fingerprint
            )
        else { return nil }
        let result: Result<String?, any Error>
        do {
            result = .success(try await self.read(feed, leased, run))
        } catch {
            result = .failure(error)
        }
        let end: Store.FeedReadingEnd =
            switch result {
            case .success: .well
            case .failure(is CancellationError): .interrupted
            case .failure(let error): .failed("\(error)")
            }
        // In a task of its own, so that a run that was cancelled returns the lease too.
        try await Task { try await store.releaseAdvisoryFeed(entry.name, end, run: run) }.value
        return try result.get()
    }

    private static func isTime(_ known: AdvisoryFeedState?, _ period: Int64) -> Bool {
        guard let known, let asked = known.askedAtMilliseconds else { return true }
        let rest = max(period, known.restMilliseconds)
        return asked <= known.nowMilliseconds - rest || asked > known.nowMilliseconds
    }

    private func dryNote(_ name: SourceName, _ known: AdvisoryFeedState?, _ period: Int64) -> String {
        guard Self.isTime(known, period) else {
            let asked = (known?.nowMilliseconds ?? 0) - (known?.askedAtMilliseconds ?? 0)
            return "\(name): was asked \(asked / 60_000) minutes ago; would not ask it yet"
        }
        return "\(name): would read its advisories"
    }

    /// Where advisories are published otherwise than before, packages meet them again.
    private func rejoin(_ name: SourceName, _ known: AdvisoryFeedState?, _ run: RunID) async throws {
        guard let fingerprint = self.settings.fingerprint, let known, known.joinedUnder != fingerprint,
            known.leasedBy == nil
        else { return }
        let count = try await self.context.store.rejoin(advisoryFeed: name, under: fingerprint)
        self.context.counters.add(.madeDue, self.settings.joins ? count : 0)
    }

    private func read(_ feed: any AdvisoryFeed, _ known: AdvisoryFeedState, _ run: RunID) async throws -> String? {
        let store = self.context.store
        let wholeAge = known.readWholeAtMilliseconds.map { known.nowMilliseconds - $0 }
        let request = FeedRequest(
            cursor: known.cursor,
            wantsAll: wholeAge.map { $0 >= self.settings.wholePeriod.inMilliseconds || $0 < 0 } ?? true,
            names: { try await store.advisoryNames() }
        )
        var found: [FeedAdvisory]
        var rest: Duration = .zero
        let (scope, cursor, troubles): (AdvisoryScope, String?, FeedTroubles)
        // One of 123 MB is not waited for when the process has to go.
        switch try await cancelWhenGracefulShutdown({ try await feed.read(request) }) {
        case .unchanged:
            // As long as after the reading that it is still as it was at.
            try await store.noteUnchanged(advisoryFeed: feed.name, restMilliseconds: known.restMilliseconds, run: run)
            return "\(feed.name): unchanged"
        case .everything(let all, let end, let faults):
            (found, scope, cursor, troubles) = (all, .everything, end, faults)
        case .updates(let new, let end, let faults): (found, scope, cursor, troubles) = (new, .nothingElse, end, faults)
        case .ofNames(let names, let end, let faults):
            found = names.flatMap(\.advisories)
            (scope, cursor, troubles) = (.names(Set(names.map(\.name))), end, faults)
            // A request for each package, or for some hundreds: as rare as looks at packages of which nothing tells.
            rest = self.settings.namesPeriod
        }
        self.report(troubles, of: feed.name)
        let records = AdvisoryRecord.records(&found)
        var limit = AdvisoryWithdrawalLimit()
        limit.percent = self.maxShrinkPercent
        let tally = try await store.takeIn(
            records,
            of: feed.name,
            scope: scope,
            cursor: cursor,
            restMilliseconds: rest.inMilliseconds,
            limit: self.maxShrinkPercent >= 100 || self.context.options.isForced ? nil : limit,
            isUnread: troubles.isUnread,
            joins: self.settings.joins,
            run: run,
            leaseMilliseconds: self.context.settings.leaseMilliseconds
        )
        let counters = self.context.counters
        counters.add(.advisoriesNew, tally.added)
        counters.add(.advisoriesChanged, tally.changed)
        counters.add(.advisoriesWithdrawn, tally.withdrawn)
        counters.add(.advisoriesHeld, tally.held)
        counters.add(.madeDue, tally.packages)
        if tally.held > 0 {
            throw GuardRefusal(
                "\(tally.held.counted("advisory", "advisories")) would be withdrawn, because the feed has \(tally.held == 1 ? "it" : "them") no more, and "
                    + "\(tally.limit.grouped) may be in a day: \(tally.held == 1 ? "it is" : "they are") kept. What is new was taken in. Look at some of "
                    + "them at the feed; if it is right, run discover --max-shrink 100"
            )
        }
        return "\(feed.name): \(tally.added.grouped) new, \(tally.changed.grouped) changed, "
            + "\(tally.withdrawn.grouped) withdrawn; \(tally.packages.counted("package is", "packages are")) concerned"
    }

    /// What could not be taken as it was.
    private func report(_ troubles: FeedTroubles, of feed: SourceName) {
        for (kind, trouble) in troubles.found.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            self.context.counters.add(.advisories(kind.rawValue), trouble.count)
            self.context.logger.info(
                "a feed has what can't be taken as it is",
                metadata: [
                    "feed": "\(feed)", "what": "\(kind.rawValue)", "count": "\(trouble.count)",
                    "example": "\(trouble.example)",
                ]
            )
        }
    }
}

extension AdvisoryRecord {
    /// What feeds said, as it is kept; notices, which are the same few for most, are written once.
    ///
    /// - Parameter found: Is let go of one by one, because there are tens of thousands.
    static func records(_ found: inout [FeedAdvisory]) -> [AdvisoryRecord] {
        var written: [[AdvisoryNotice]: [UInt8]] = [:]
        var records: [AdvisoryRecord] = []
        records.reserveCapacity(found.count)
        found.reverse()
        while let advisory = found.popLast() {
            var notices: [UInt8]?
            if !advisory.notices.isEmpty {
                notices = written[advisory.notices] ?? Self.json(advisory.notices)
                written[advisory.notices] = notices
            }
            records.append(AdvisoryRecord(advisory, notices))
        }
        return records
    }

    private init(_ found: FeedAdvisory, _ notices: [UInt8]?) {
        var entry = JSONWriter()
        found.advisory.write(to: &entry)
        self.init(
            subject: found.subject,
            id: found.advisory.id,
            record: found.advisory.sources.first.map { "\($0.name) \($0.remoteID)" } ?? found.advisory.id,
            // As long as it is, not as it has grown.
            body: Array(entry.bytes[...]),
            notices: notices
        )
    }

    private static func json(_ notices: [AdvisoryNotice]) -> [UInt8] {
        var json = JSONWriter()
        json.append(raw: "[")
        for (index, notice) in notices.enumerated() {
            if index > 0 { json.append(raw: ",") }
            notice.write(to: &json)
        }
        json.append(raw: "]")
        return json.bytes
    }
}
