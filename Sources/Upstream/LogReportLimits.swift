/// What a log report may be like before it is refused.
struct LogReportLimits: Sendable {
    /// Bytes of one item.
    ///
    /// A commit of half a million files stays below.
    var itemBytes = 64 << 20
    var pathsPerItem = 500_000
    /// Bytes of one path, one tag, one comment of the XML kind.
    var tokenBytes = 64 << 10
    /// Elements within each other; a report has three.
    var depth = 16
}
