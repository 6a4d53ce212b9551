import Testing

@testable import Stages

@Suite struct LookScheduleTests {
    private let schedule = LookSchedule()
    private let day: Int64 = 86_400_000

    @Test func `looks are spread evenly and come round within the period`() {
        let now: Int64 = 1_700_000_123_456
        let waits = (0..<10_000).map {
            self.schedule.nextLook(slug: "plugin-\($0)", period: .seconds(86_400), nowMilliseconds: now)
        }
        #expect(waits.allSatisfy { $0 >= self.day / 2 && $0 <= self.day })
        // Of 24 half hours of the second half of the day, each gets its share.
        let shares = Dictionary(grouping: waits) { ($0 - self.day / 2) / (self.day / 48) }.mapValues(\.count)
        #expect(shares.filter { $0.key < 24 }.values.allSatisfy { (300...540).contains($0) })
    }

    @Test func `a package keeps its place from day to day`() {
        var now: Int64 = 1_700_000_000_000
        now += self.schedule.nextLook(slug: "akismet", period: .seconds(86_400), nowMilliseconds: now)
        for _ in 1...5 {
            // A run comes some minutes after the look was due.
            let late: Int64 = 300_000
            let wait = self.schedule.nextLook(slug: "akismet", period: .seconds(86_400), nowMilliseconds: now + late)
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
}

@Suite struct ProgressTests {
    @Test func `a bar shows how much is done, how fast, and how long it still takes`() {
        let line = Progress.line("update", done: 5_000, total: 20_000, elapsed: .seconds(50))
        #expect(line == "\r\u{1B}[Kupdate  [######··················] 5,000/20,000  100/s  2:30 left")
    }

    @Test func `without a total the bar counts`() {
        #expect(
            Progress.line("sync", done: 1_234_567, total: nil, elapsed: .seconds(1))
                == "\r\u{1B}[Ksync  1,234,567  1,234,567/s"
        )
    }
}
