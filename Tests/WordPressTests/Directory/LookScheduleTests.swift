import Composer
import Facts
import Testing
import Upstream

@testable import WordPress

@Suite struct LookScheduleTests {
    private let schedule = LookSchedule()
    private let day: Int64 = 86_400_000

    @Test func `looks are spread evenly and come round within the period`() {
        let now: Int64 = 1_700_000_123_456
        let waits = (0..<10_000).map {
            Look.place(of: "plugin-\($0)", inEach: .seconds(86_400), nowMilliseconds: now)
        }
        #expect(waits.allSatisfy { $0 >= self.day / 2 && $0 <= self.day })
        // Of 24 half hours of the second half of the day, each gets its share.
        let shares = Dictionary(grouping: waits) { ($0 - self.day / 2) / (self.day / 48) }.mapValues(\.count)
        #expect(shares.filter { $0.key < 24 }.values.allSatisfy { (300...540).contains($0) })
    }

    @Test func `a package keeps its place from day to day`() {
        var now: Int64 = 1_700_000_000_000
        now += Look.place(of: "akismet", inEach: .seconds(86_400), nowMilliseconds: now)
        for _ in 1...5 {
            // A run comes some minutes after the look was due.
            let late: Int64 = 300_000
            let wait = Look.place(of: "akismet", inEach: .seconds(86_400), nowMilliseconds: now + late)
            #expect(wait == self.day - late)
            now += late + wait
        }
    }

    @Test func `the waits for what lags behind grow to about a day`() {
        let waits = self.schedule.lagDelays
        #expect(waits.count == 10)
        #expect(waits == waits.sorted())
        #expect((.seconds(22 * 3_600) ... .seconds(26 * 3_600)).contains(waits.reduce(.zero, +)))
    }

    private func claim(_ state: PackageState = .new, revision: Int64 = 5, changed: Int64? = 0) -> KnownPackage {
        KnownPackage(key: "new", state: state, changedRevision: revision, changedAtMilliseconds: changed)
    }

    /// Hours after the commit at which an unknown slug is looked at.
    private func hours(_ type: PackageType) -> [Int64] {
        var claim = self.claim()
        var (now, hours): (Int64, [Int64]) = (0, [])
        while let wait = self.schedule.lagOfUnknown(claim, type: type, nowMilliseconds: now) {
            now += wait
            claim.state = .missing
            claim.looks += 1
            hours.append(now / 3_600_000)
        }
        return hours
    }

    @Test func `a slug that was committed to and is unknown upstream is looked at daily for two weeks`() {
        let hours = self.hours(.plugin)
        #expect(hours.prefix(11).last.map { $0 >= 46 && $0 < 50 } == true, "one look a day after the first ten")
        #expect(hours.filter { $0 > 48 }.count >= 12)
        #expect(zip(hours, hours.dropFirst()).allSatisfy { $1 - $0 <= 24 })
        #expect(hours.last.map { $0 >= 14 * 24 && $0 < 15 * 24 } == true)
    }

    @Test func `an unknown theme is looked at twice a day while its review may take, then daily`() {
        let hours = self.hours(.theme)
        #expect(hours.filter { (48..<168).contains($0) }.count == 10)
        #expect(hours.last.map { $0 >= 14 * 24 && $0 < 15 * 24 } == true)
    }

    @Test func `a directory that only the listing named is looked at once more when upstream may have forgotten it`() {
        let listed = self.claim(revision: 0, changed: nil)
        #expect(self.schedule.lagOfUnknown(listed, type: .plugin, nowMilliseconds: 0) == nil)
        let period = self.schedule.period(ofUnknown: listed)
        #expect(period / 2 > .seconds(48 * 3_600) && period < .seconds(7 * 86_400))
        #expect(self.schedule.period(ofUnknown: self.claim(.missing, revision: 0)) == self.schedule.missingPeriod)
        #expect(self.schedule.period(ofUnknown: self.claim(.active)) == self.schedule.missingPeriod)
    }

    @Test func `an unknown slug is not waited for when the log has nothing new of it, or says that it is gone`() {
        func lag(_ claim: KnownPackage) -> Int64? {
            self.schedule.lagOfUnknown(claim, type: .plugin, nowMilliseconds: 0)
        }
        #expect(lag(self.claim()) == 120_000)
        var claim = self.claim()
        claim.settledRevision = 5
        #expect(lag(claim) == nil)
        claim = self.claim()
        claim.removedPaths = ["": 5]
        #expect(lag(claim) == nil)
        claim.removedPaths = ["tags/1.0": 5]
        #expect(lag(claim) == 120_000)
    }

    /// How long an active package whose newest version was committed in revision 5 is waited for, in ms.
    private func lag(
        _ type: PackageType,
        listed: [String] = ["1.0"],
        looks: Int = 0,
        settled: Int64 = 4,
        changed: Int64? = 0,
        after age: Int64 = 0
    ) -> Int64? {
        var claim = self.claim(.active, changed: changed)
        claim.looks = looks
        claim.settledRevision = settled
        let path = type == .plugin ? "tags/2.0" : "2.0"
        claim.facts = [path: LogFact(revision: 5, changedAtMilliseconds: 0, appearedAtMilliseconds: 0)]
        let payload = Payload(
            type: type,
            slug: "new",
            version: "1.0",
            versions: listed.map { VersionLink(tag: $0, url: "https://example.org/\($0).zip") }
        )
        return self.schedule.lag(of: claim, behind: payload, nowMilliseconds: age)
    }

    @Test(arguments: [PackageType.plugin, .theme])
    func `a version that was committed and is not listed is waited for until it is`(_ type: PackageType) {
        #expect(self.lag(type) == 120_000)
        #expect(self.lag(type, looks: 1) == 300_000)
        #expect(self.lag(type, listed: ["2.0", "1.0"]) == nil)
        #expect(self.lag(type, settled: 5) == nil, "it was seen before")
        #expect(self.lag(type, changed: nil) == nil, "it can't be told how long ago that was")
    }

    @Test func `a plugin is waited for in ten looks, and a theme for the week that its review may take`() {
        let (minute, hour): (Int64, Int64) = (60_000, 3_600_000)
        #expect(self.lag(.plugin, looks: 9, after: 16 * hour) == 460 * minute)
        #expect(self.lag(.plugin, looks: 10, after: 24 * hour) == nil)
        #expect(self.lag(.plugin, after: 36 * hour - 1) != nil)
        #expect(self.lag(.plugin, after: 36 * hour) == nil)
        #expect(self.lag(.theme, looks: 10, after: 24 * hour) == 12 * hour)
        #expect(self.lag(.theme, looks: 20, after: 7 * 24 * hour - 1) == 12 * hour)
        #expect(self.lag(.theme, looks: 20, after: 7 * 24 * hour) == nil)
    }
}
