/// Dates as HTTP headers have them (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// A time before 1970 is that year's beginning, and one that four digits of a year can't tell is the last that they can.
    package static func text(secondsSince1970 seconds: Int64) -> String {
        guard let time = UTCTime(min(max(seconds, 0), 253_402_300_799)) else { return "" }
        // The month has three letters: its digits are written where the name then stands.
        var text = time.filling("---, 00 --- 0000 00:00:00 GMT", at: 12, 8, 5, 17, 20, 23)
        text.replaceSubrange(0..<3, with: Self.days[Int(time.date.daysSince1970 % 7)].utf8)
        text.replaceSubrange(8..<11, with: Self.months[Int(time.date.month) - 1].utf8)
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: nil for anything but the form above, which is the one that is sent, and for years before 1970.
    package static func secondsSince1970(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]),
            let month = Self.months.firstIndex(of: String(parts[2])), let year = Int64(parts[3]), year >= 1_970
        else { return nil }
        let time = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard time.count == 3 else { return nil }
        return CivilDate(year: year, month: Int64(month) + 1, day: day)?
            .seconds(hour: time[0], minute: time[1], second: time[2])
    }
}
