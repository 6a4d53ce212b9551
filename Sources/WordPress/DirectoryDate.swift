import Wire

/// Reads the dates of the plugin and theme APIs, all of them UTC: `2024-03-21 6:56am GMT`, `2015-10-01 13:29:00`,
/// `2024-03-21`.
enum DirectoryDate {
    /// Seconds since 1970; nil when this is none of the forms, or the date of nothing: the database's zero date, which
    /// PHP writes as `-0001-11-30`, and PHP's own, the beginning of 1970.
    static func seconds(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard let date = parts.first else { return nil }
        let numbers = date.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
        guard numbers.count == 3, let year = numbers[0], let month = numbers[1], let day = numbers[2],
            let civil = CivilDate(year: year, month: month, day: day)
        else { return nil }
        let seconds: Int64?
        switch parts.count {
        case 1: seconds = civil.seconds(hour: 0, minute: 0, second: 0)
        case 2: seconds = Self.seconds(civil, time: parts[1])
        case 3 where parts[2] == "GMT" || parts[2] == "UTC": seconds = Self.seconds(civil, time: parts[1])
        default: seconds = nil
        }
        return seconds.flatMap { $0 > 0 ? $0 : nil }
    }

    private static func seconds(_ date: CivilDate, time: Substring) -> Int64? {
        let isMorning = time.hasSuffix("am")
        let isTwelveHours = isMorning || time.hasSuffix("pm")
        let numbers = (isTwelveHours ? time.dropLast(2) : time).split(separator: ":").map { Int64($0) }
        guard (2...3).contains(numbers.count), var hour = numbers[0], let minute = numbers[1] else { return nil }
        let second: Int64? = numbers.count == 3 ? numbers[2] : 0
        if isTwelveHours {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (isMorning ? 0 : 12)
        }
        return second.flatMap { date.seconds(hour: hour, minute: minute, second: $0) }
    }
}
