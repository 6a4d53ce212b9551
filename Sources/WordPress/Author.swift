import Composer

/// The author of a package.
struct Author: Equatable {
    /// Plain text, not empty.
    var name: String
    var homepage: String?

    /// Reads what upstream sends, a name or HTML with a link around it; nil when no name is in it.
    ///
    /// - Parameter address: the author's page where the HTML links to none.
    init?(html: String, address: String?) {
        self.name = PlainText.of(html: html)
        guard !self.name.isEmpty else { return nil }
        var html = html
        let link: String? = html.withUTF8 { text in
            let start = text.indices.first {
                text.hasPrefix("<a", at: $0) && $0 + 2 < text.count && text[$0 + 2].isSpace
            }
            guard let start else { return nil }
            var tags = HTMLTagReader(text)
            return tags.tag(at: start)?.attribute("href", in: text, at: start)
        }
        self.homepage = WebAddress.plausible(link) ?? WebAddress.plausible(address)
    }
}
