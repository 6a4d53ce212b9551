/// A day of the proleptic Gregorian calendar in the years 1 to 9999: what all dates here are read and written with.
package struct CivilDate: Equatable, Sendable {
    package let year: Int64
    package let month: Int64
    package let day: Int64
    package let daysSince1970: Int64

    /// nil when there is no such day, or the year lies outside 1 to 9999.
    package init?(year: Int64, month: Int64, day: Int64) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[Int(month) - 1] else { return nil }
        // Years that begin in March, counted in eras of 400 years, put the leap day last.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        self.daysSince1970 = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// nil when the year lies outside 1 to 9999.
    package init?(daysSince1970: Int64) {
        guard (-719_162..<2_932_897).contains(daysSince1970) else { return nil }
        let days = daysSince1970 + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        self.year = yearOfEra + era * 400 + (shifted < 10 ? 0 : 1)
        self.month = shifted < 10 ? shifted + 3 : shifted - 9
        self.day = dayOfYear - (153 * shifted + 2) / 5 + 1
        self.daysSince1970 = daysSince1970
    }

    /// Seconds since 1970 in UTC; nil when there is no such time of day.
    ///
    /// A leap second counts as the one before it.
    package func seconds(hour: Int64, minute: Int64, second: Int64) -> Int64? {
        guard (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second) else { return nil }
        return self.daysSince1970 * 86_400 + hour * 3_600 + minute * 60 + min(second, 59)
    }
}
