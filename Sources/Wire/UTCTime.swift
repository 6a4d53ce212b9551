/// A point in time by the calendar, in UTC.
package struct UTCTime: Equatable {
    private var seconds: Int64

    /// Nil for times that four digits of a year can't tell.
    package init?(_ secondsSince1970: Int64) {
        guard (-62_135_596_800..<253_402_300_800).contains(secondsSince1970) else { return nil }
        self.seconds = secondsSince1970
    }

    /// `2024-03-21T06:56:00+00:00`, the form of Packagist's documents.
    package var iso8601: [UInt8] {
        let second = Int((self.seconds % 86400 + 86400) % 86400)
        let (year, month, day) = Self.date(daysSince1970: (Int(self.seconds) - second) / 86400)
        var text = Array("0000-00-00T00:00:00+00:00".utf8)
        func put(_ number: Int, at index: Int, digits: Int) {
            var number = number
            for offset in stride(from: digits - 1, through: 0, by: -1) {
                text[index + offset] = 48 + UInt8(number % 10)
                number /= 10
            }
        }
        put(year, at: 0, digits: 4)
        put(month, at: 5, digits: 2)
        put(day, at: 8, digits: 2)
        put(second / 3600, at: 11, digits: 2)
        put(second / 60 % 60, at: 14, digits: 2)
        put(second % 60, at: 17, digits: 2)
        return text
    }

    /// The Gregorian date, by counting in eras of 400 years that begin in March.
    private static func date(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
        let days = daysSince1970 + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month < 10 ? 0 : 1), month < 10 ? month + 3 : month - 9, day)
    }
}
