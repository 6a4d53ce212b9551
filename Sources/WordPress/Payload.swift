/// The upstream answer about an active package, reduced to the fields that can change a document, and to what pages say of
/// the live version.
package struct Payload: Equatable, Sendable {
    package var type: PackageType
    package var slug: String
    /// The title as upstream sent it, HTML-escaped.
    package var title: String
    /// The short description (themes: the description) as upstream sent it, HTML; empty when there is none.
    package var shortDescription: String
    /// The version in the header of the code that is live; for plugins it need not be a tag.
    package var version: String
    /// The tag that is live, or `trunk`; nil for themes.
    package var stableTag: String?
    /// The least PHP version that the live version wants, unchecked.
    package var requiresPHP: String?
    /// The least WordPress version that the live version wants, and the newest that it was tried with, unchecked.
    package var requiresWordPress: String?
    package var testedWordPress: String?
    /// HTML, usually a link around a name (plugins), or a display name (themes).
    package var author: String
    /// A page about the author.
    package var authorURL: String?
    package var homepage: String?
    /// Seconds since 1970, UTC.
    package var lastUpdatedSeconds: Int64?
    /// Where the archive of the live version is.
    package var downloadLink: String?
    /// The listed versions, ordered by the UTF-8 bytes of the tag, one per tag; `trunk` included when it was sent.
    package private(set) var versions: [VersionLink]

    /// Puts `versions` in order; of several that spell one tag the one with the smallest URL stays.
    package init(
        type: PackageType,
        slug: String,
        title: String = "",
        shortDescription: String = "",
        version: String,
        stableTag: String? = nil,
        requiresPHP: String? = nil,
        requiresWordPress: String? = nil,
        testedWordPress: String? = nil,
        author: String = "",
        authorURL: String? = nil,
        homepage: String? = nil,
        lastUpdatedSeconds: Int64? = nil,
        downloadLink: String? = nil,
        versions: [VersionLink] = []
    ) {
        self.type = type
        self.slug = slug
        self.title = title
        self.shortDescription = shortDescription
        self.version = version
        self.stableTag = stableTag
        self.requiresPHP = requiresPHP
        self.requiresWordPress = requiresWordPress
        self.testedWordPress = testedWordPress
        self.author = author
        self.authorURL = authorURL
        self.homepage = homepage
        self.lastUpdatedSeconds = lastUpdatedSeconds
        self.downloadLink = downloadLink
        self.versions = Self.ordered(versions)
    }

    /// Compares bytes, where String's own equality takes canonically equivalent text for equal.
    package static func == (a: Payload, b: Payload) -> Bool { a.canonicalJSON() == b.canonicalJSON() }

    private static func ordered(_ links: [VersionLink]) -> [VersionLink] {
        var ordered: [VersionLink] = []
        ordered.reserveCapacity(links.count)
        for link in links.sorted(by: { VersionLink.precedes($0, $1) }) {
            if let last = ordered.last, last.tag.utf8.elementsEqual(link.tag.utf8) { continue }
            ordered.append(link)
        }
        return ordered
    }
}
