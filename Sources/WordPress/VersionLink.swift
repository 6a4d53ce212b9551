/// One entry of an upstream answer's list of versions.
package struct VersionLink: Equatable, Sendable {
    /// The name of the tag's directory, as it came: white space and any other character may be in it.
    package var tag: String
    /// Where the archive is; upstream does not percent-encode it.
    package var url: String

    package init(tag: String, url: String) {
        self.tag = tag
        self.url = url
    }

    /// Orders by the UTF-8 bytes of the tag, then of the URL.
    ///
    /// String's own order and equality treat canonically equivalent text as one, while upstream's tags are byte strings.
    static func precedes(_ a: VersionLink, _ b: VersionLink) -> Bool {
        if !a.tag.utf8.elementsEqual(b.tag.utf8) { return a.tag.utf8.lexicographicallyPrecedes(b.tag.utf8) }
        return a.url.utf8.lexicographicallyPrecedes(b.url.utf8)
    }

    package static func == (a: VersionLink, b: VersionLink) -> Bool {
        a.tag.utf8.elementsEqual(b.tag.utf8) && a.url.utf8.elementsEqual(b.url.utf8)
    }
}
