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

/// An entry of `mirrors`.
package struct RootMirror: Equatable, Sendable {
    /// A template of archives' addresses, absolute: `https://mirror.example/%package%/%version%/%reference%.%type%`.
    package var distURL: String?
    /// As they stand: Composer resolves only the address of archives.
    package var gitURL: String?
    package var hgURL: String?
    package var isPreferred = false
}
