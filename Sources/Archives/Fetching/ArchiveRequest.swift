package import Upstream

/// One archive to fetch.
package struct ArchiveRequest: Sendable {
    /// As upstream names it.
    package var url: String
    /// The configured URL of the source whose answer names it: what is on another host is judged by where it leads, and
    /// may be in a network of one's own only where this host is in it as well.
    package var sourceURL: String
    /// SHA-1 as in `dist.shasum`; nil or empty where upstream gives none.
    package var shasum: String?
    /// Those of the source; each goes to its host only.
    package var credentials: [HostCredential]
    /// Bytes that it may have, where that is less than the fetcher's own limit.
    package var maxBytes: Int?
    /// Bytes that whoever wants it has room for now; nil for any number.
    package var bytesLeft: Int?
    /// Files whose beginnings are wanted; nil for none.
    package var excerpts: ExcerptWish?

    package init(
        url: String,
        sourceURL: String,
        shasum: String? = nil,
        credentials: [HostCredential] = [],
        maxBytes: Int? = nil,
        bytesLeft: Int? = nil,
        excerpts: ExcerptWish? = nil
    ) {
        self.url = url
        self.sourceURL = sourceURL
        self.shasum = shasum
        self.credentials = credentials
        self.maxBytes = maxBytes
        self.bytesLeft = bytesLeft
        self.excerpts = excerpts
    }
}

/// An archive that was fetched and found to be right.
package struct FetchedArchive: Sendable {
    package var archive: CheckedArchive
    package var excerpts: [ArchiveExcerpt]
    package var content: ArchiveContent
    /// What was asked; where that led is nobody's business.
    package var url: String
    /// Seconds since 1970; nil where upstream said nothing that can be read.
    package var lastModifiedSeconds: Int64?
    /// As it came, quotes included.
    package var etag: String?
}
