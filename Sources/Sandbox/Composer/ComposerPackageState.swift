/// What became of a package since the world began; all else of it follows from its number.
struct ComposerPackageState: Equatable, Sendable {
    /// When each version was released that came later, in seconds since 1970.
    var releases: [Int64] = []
    /// How often its branches moved.
    var devRevision = 0
    /// How many advisories were added.
    var advisories = 0
    /// When its two documents changed last, in 1/10,000 s since 1970.
    var mainTime: Int64
    var devTime: Int64
    var isDeleted = false
}
