/// A second by the calendar, in UTC, in the forms that are written.
package struct UTCTime: Equatable, Sendable {
    let date: CivilDate
    private let secondOfDay: Int64

    /// Nil for times that four digits of a year can't tell.
    package init?(_ secondsSince1970: Int64) {
        let second = (secondsSince1970 % 86_400 + 86_400) % 86_400
        let (start, overflows) = secondsSince1970.subtractingReportingOverflow(second)
        guard !overflows, let date = CivilDate(daysSince1970: start / 86_400) else { return nil }
        self.date = date
        self.secondOfDay = second
    }

    /// `2024-03-21T06:56:00+00:00`, the form of Packagist's documents.
    package var iso8601: [UInt8] { self.filling("0000-00-00T00:00:00+00:00", at: 0, 5, 8, 11, 14, 17) }

    /// `2024-03-21T06:56:00Z`.
    package var zulu: String {
        String(decoding: self.filling("0000-00-00T00:00:00Z", at: 0, 5, 8, 11, 14, 17), as: UTF8.self)
    }

    /// `20240321T065600Z`, the basic form of ISO 8601.
    package var basic: String {
        String(decoding: self.filling("00000000T000000Z", at: 0, 4, 6, 9, 11, 13), as: UTF8.self)
    }

    /// `0000 00:00:00 GMT` and the like, with two digits for each but the year.
    func filling(
        _ form: StaticString,
        at year: Int,
        _ month: Int,
        _ day: Int,
        _ hour: Int,
        _ minute: Int,
        _ second: Int
    ) -> [UInt8] {
        var text = form.withUTF8Buffer { Array($0) }
        func put(_ number: Int64, at index: Int, digits: Int = 2) {
            var number = number
            for offset in stride(from: digits - 1, through: 0, by: -1) {
                text[index + offset] = 48 + UInt8(number % 10)
                number /= 10
            }
        }
        put(self.date.year, at: year, digits: 4)
        put(self.date.month, at: month)
        put(self.date.day, at: day)
        put(self.secondOfDay / 3_600, at: hour)
        put(self.secondOfDay / 60 % 60, at: minute)
        put(self.secondOfDay % 60, at: second)
        return text
    }
}
