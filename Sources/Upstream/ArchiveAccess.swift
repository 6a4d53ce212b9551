/// How archives of a source are asked for.
package struct ArchiveAccess: Sendable {
    /// The URL as configured whose answers name them: what is on its host is as trusted as the source, and only where this
    /// host is in a private network archives may be in the same.
    package var url: String
    /// What hosts want to be told; each gets its own only.
    package var credentials: [HostCredential]

    package init(url: String, credentials: [HostCredential] = []) {
        self.url = url
        self.credentials = credentials
    }
}
