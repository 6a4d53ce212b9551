/// What became of a package since the world began; all else of it follows from its number.
struct ComposerPackageState: Equatable, Sendable {
    /// When each version was released that came later, in seconds since 1970.
    var releases: [Int64] = []
    /// How often its branches moved.
    var devRevision = 0
    /// When each advisory was added that came later, in seconds since 1970 by the clock of HTTP: that is what
    /// `updatedSince` means.
    var advisories: [Int64] = []
    /// How many were withdrawn, oldest first.
    var withdrawnAdvisories = 0
    /// When its two documents changed last, in 1/10,000 s since 1970.
    var mainTime: Int64
    var devTime: Int64
    var isDeleted = false
}
