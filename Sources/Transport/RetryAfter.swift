package import NIOHTTP1
import Wire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The `Retry-After` header: seconds, or a date (RFC 9110, section 10.2.3).
package enum RetryAfter {
    /// How long to wait, at most a day; nil when the header is absent or unreadable.
    ///
    /// A date is measured against the answer's own `Date`, so that a wrong clock here neither hurries nor stalls.
    package static func duration(_ headers: HTTPHeaders) -> Duration? {
        guard let value = headers.first(name: "Retry-After") else { return nil }
        let now = { headers.first(name: "Date").flatMap(HTTPDate.secondsSince1970) ?? Int64(time(nil)) }
        let seconds = Int64(value) ?? HTTPDate.secondsSince1970(value).map { $0 - now() }
        return seconds.map { .seconds(max(0, min($0, 86_400))) }
    }
}
