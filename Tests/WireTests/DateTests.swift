import Foundation
import Testing
import Wire

@Suite struct DateTests {
    @Test func `every day of 9999 years is told and read back, one after the other`() throws {
        var day = try #require(CivilDate(year: 1, month: 1, day: 1))
        #expect(day.daysSince1970 == -719_162)
        #expect(CivilDate(daysSince1970: day.daysSince1970 - 1) == nil)
        while let next = CivilDate(daysSince1970: day.daysSince1970 + 1) {
            guard CivilDate(year: next.year, month: next.month, day: next.day) == next,
                next.day == day.day + 1
                    || next.day == 1 && CivilDate(year: day.year, month: day.month, day: day.day + 1) == nil
            else {
                Issue.record("\(next) after \(day)")
                return
            }
            day = next
        }
        #expect([day.year, day.month, day.day] == [9_999, 12, 31])
    }

    @Test(arguments: [
        (2023, 2, 29), (1900, 2, 29), (2024, 4, 31), (2024, 13, 1), (2024, 0, 1), (0, 1, 1), (10_000, 1, 1),
    ])
    func `there is no such day`(_ year: Int64, _ month: Int64, _ day: Int64) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }

    @Test func `times are written as Foundation writes them`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let seconds = Int64.random(in: -62_135_596_800..<253_402_300_800, using: &random)
            // Foundation's calendar is the Julian one before 1582.
            guard seconds > -12_219_292_800 else { continue }
            let text = Date(timeIntervalSince1970: Double(seconds)).ISO8601Format()
            let time = try #require(UTCTime(seconds))
            #expect(time.zulu == text)
            #expect(time.basic == text.filter { $0 != "-" && $0 != ":" })
            #expect(String(decoding: time.iso8601, as: UTF8.self) == text.dropLast() + "+00:00")
        }
        for seconds in [Int64.min, -62_135_596_801, 253_402_300_800, .max] { #expect(UTCTime(seconds) == nil) }
    }

    // RFC 9110, 5.6.7 has the second.
    @Test(
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
            (1_445_412_480, "Wed, 21 Oct 2015 07:28:00 GMT"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] as [(Int64, String)]
    )
    func `dates are written and read as HTTP has them`(_ seconds: Int64, _ text: String) {
        #expect(HTTPDate.text(secondsSince1970: seconds) == text)
        #expect(HTTPDate.secondsSince1970(text) == seconds)
    }

    @Test func `dates in other forms, and of days that there are not, are not read`() {
        for text in [
            "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:00:00 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 9223372036854775807 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 1969 08:49:37 GMT",
        ] {
            #expect(HTTPDate.secondsSince1970(text) == nil)
        }
        #expect(HTTPDate.text(secondsSince1970: .min) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.text(secondsSince1970: .max) == "Fri, 31 Dec 9999 23:59:59 GMT")
    }
}
