/// A day of the proleptic Gregorian calendar, for the few fixed date formats that upstream sends.
package struct CivilDate {
    private let daysSince1970: Int64

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
    }

    /// Seconds since 1970 in UTC; nil when there is no such time of day.
    ///
    /// A leap second counts as the one before it.
    package func seconds(hour: Int64, minute: Int64, second: Int64) -> Int64? {
        guard (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second) else { return nil }
        return self.daysSince1970 * 86_400 + hour * 3_600 + minute * 60 + min(second, 59)
    }
}
