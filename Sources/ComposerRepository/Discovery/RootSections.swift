/// What a root says of the advisories for its packages.
package struct RootAdvisories: Equatable, Sendable {
    /// Whether documents have `security-advisories`.
    package var inDocuments = false
    /// Absolute.
    package var apiURL: String?
}

/// What a root says of the lists by which Composer 2.10 filters versions.
package struct RootFilter: Equatable, Sendable {
    /// Whether documents have `filter`.
    package var inDocuments = false
    /// Names of the lists that are on, in the order in which they stand.
    package var lists: [String] = []
    /// Absolute.
    package var summaryURL: String?
    /// Absolute.
    package var apiURL: String?
}
