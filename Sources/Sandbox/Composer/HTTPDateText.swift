/// Dates in HTTP headers, as far as clients send back what they were given.
enum HTTPDateText {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970 of `Thu, 24 Oct 2024 17:21:40 GMT`; nil for anything else.
    static func seconds(_ text: String?) -> Int64? {
        let words = text?.split(whereSeparator: { " ,:".contains($0) }) ?? []
        guard words.count == 8, words[7] == "GMT", let month = Self.months.firstIndex(of: String(words[2])),
            let day = Int(words[1]), (1...31).contains(day), let year = Int(words[3]), (1970...9_999).contains(year),
            let hour = Int(words[4]), (0..<24).contains(hour), let minute = Int(words[5]), (0..<60).contains(minute),
            let second = Int(words[6]), (0...60).contains(second)
        else { return nil }
        return CivilTime.seconds(
            year: year,
            month: month + 1,
            day: day,
            hour: hour,
            minute: minute,
            second: second
        )
    }
}
