import NIOCore
import Testing

@testable import Site

@Suite struct AnswerTimesTests {
    @Test func `each answer has a time of its own, which begins when those before it are taken`() {
        let start = NIODeadline.now()
        var times = AnswerTimes()
        #expect(times.deadline == nil)
        times.begin(for: .seconds(2), now: start)
        times.extend(by: .seconds(10))
        times.begin(for: .seconds(2), now: start)
        times.extend(by: .seconds(5))
        #expect(times.deadline == start + .seconds(12))
        times.end(now: start + .seconds(11))
        #expect(times.deadline == start + .seconds(18))
        times.end()
        #expect(times.deadline == nil)
    }
}
