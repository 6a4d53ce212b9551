import FoundationEssentials
import Synchronization

/// Dates as HTTP headers write them (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970 by this machine's clock.
    static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    private static let latest = Mutex<(second: Int64, text: String)>((0, HTTPDate.text(secondsSince1970: 0)))

    /// The present second, made once.
    static func textNow() -> String {
        let second = Self.now
        return Self.latest.withLock { latest in
            if latest.second != second { latest = (second, Self.text(secondsSince1970: second)) }
            return latest.text
        }
    }

    package static func text(secondsSince1970 seconds: Int64) -> String {
        let (day, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, date) = Self.civil(fromDay: day)
        let (hour, minute) = (Self.two(second / 3_600), Self.two(second / 60 % 60))
        let name = Self.days[Int(day % 7)]
        let time = "\(hour):\(minute):\(Self.two(second % 60))"
        return "\(name), \(Self.two(date)) \(Self.months[Int(month - 1)]) \(year) \(time) GMT"
    }

    /// - Returns: nil for anything but the form above.
    package static func secondsSince1970(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let date = Int64(parts[1]), (1...31).contains(date),
            let month = Self.months.firstIndex(of: String(parts[2])), let year = Int64(parts[3]),
            (1970...9999).contains(year)
        else { return nil }
        let time = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard time.count == 3, (0...23).contains(time[0]), (0...59).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        let day = Self.day(year: year, month: Int64(month) + 1, date: date)
        return day * 86_400 + time[0] * 3_600 + time[1] * 60 + time[2]
    }

    private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// Days since 1970 to a date of the Gregorian calendar, by counting years from March on.
    private static func civil(fromDay day: Int64) -> (year: Int64, month: Int64, date: Int64) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func day(year: Int64, month: Int64, date: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + date - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
