/// What of a log item is held, whatever it says.
///
/// None of these stops a report: what is above is read to its end, left out and counted.
struct LogReportLimits: Sendable {
    /// Bytes of one tag, comment or section of the XML kind; what is longer is taken for text.
    var tokenBytes = 64 << 10
    /// Bytes of one path, far more than all three levels that matter may have.
    var pathBytes = 4 << 10
    /// Paths of one item, of those that can matter: a commit of millions of files in some hundred folders stays below.
    var pathsPerItem = 200_000
    /// Bytes of these paths.
    var pathBytesPerItem = 8 << 20
    /// Directories of the top level that an item touches.
    var slugsPerItem = 20_000
    /// How many of them become due where their paths are over a limit.
    var slugsWithoutFacts = 50_000
}
