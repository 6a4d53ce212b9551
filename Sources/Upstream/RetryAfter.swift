import FoundationEssentials
import NIOHTTP1

/// Reads `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
enum RetryAfter {
    /// How long to wait; nil when the header is absent or unreadable.
    ///
    /// A date is measured against the answer's own `Date`, so that a wrong clock here neither hurries nor stalls.
    static func duration(_ headers: HTTPHeaders) -> Duration? {
        guard let value = headers.first(name: "Retry-After") else { return nil }
        if let seconds = Int64(value) { return .seconds(max(0, min(seconds, 1 << 32))) }
        guard let until = self.seconds(httpDate: value) else { return nil }
        let now =
            headers.first(name: "Date").flatMap(self.seconds(httpDate:)) ?? Int64(Date().timeIntervalSince1970)
        return .seconds(max(0, until - now))
    }

    /// `Wed, 21 Oct 2015 07:28:00 GMT` as seconds since 1970.
    static func seconds(httpDate: String) -> Int64? {
        let parts = httpDate.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]), let year = Int64(parts[3]) else {
            return nil
        }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard let month = months.firstIndex(of: String(parts[2])), time.count == 3 else { return nil }
        return CivilDate(year: year, month: Int64(month) + 1, day: day)?.seconds(
            hour: time[0],
            minute: time[1],
            second: time[2]
        )
    }
}
