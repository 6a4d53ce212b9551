#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The `Retry-After` header.
enum RetryAfter {
    /// How long to wait: seconds as they are, or the time until a date of HTTP's usual form; at most a day.
    ///
    /// - Parameter now: Unix time in seconds.
    static func duration(_ value: String, now: Int64 = Int64(time(nil))) -> Duration? {
        let seconds = Int64(value) ?? HTTPDate.secondsSince1970(value).map { $0 - now }
        return seconds.map { .seconds(max(0, min($0, 86_400))) }
    }
}
