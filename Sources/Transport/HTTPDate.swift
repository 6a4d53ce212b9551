#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Dates as HTTP headers have them.
package enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Reads `Wed, 21 Oct 2015 07:28:00 GMT`; nil for what is no such date.
    package static func secondsSince1970(_ date: String) -> Int64? {
        let words = date.split(separator: " ").map(String.init)
        guard words.count == 6, words[5] == "GMT", let month = Self.months.firstIndex(of: words[2]),
            let day = Int32(words[1]), (1...31).contains(day), let year = Int32(words[3]),
            (1_970...9_999).contains(year)
        else { return nil }
        let time = words[4].split(separator: ":").compactMap { Int32($0) }
        guard time.count == 3, (0..<24).contains(time[0]), (0..<60).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        var parts = tm()
        parts.tm_year = year - 1_900
        parts.tm_mon = Int32(month)
        parts.tm_mday = day
        parts.tm_hour = time[0]
        parts.tm_min = time[1]
        parts.tm_sec = time[2]
        return Int64(timegm(&parts))
    }
}
