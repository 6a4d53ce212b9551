package import FoundationEssentials

/// URLs that people write into settings.
package enum WebURL {
    /// An http or https URL with a host, without user and fragment; nil for anything else.
    package static func parsed(_ text: String) -> URL? {
        guard !text.contains(where: \.isWhitespace), let url = URL(string: text),
            url.scheme == "http" || url.scheme == "https", url.host()?.isEmpty == false, url.user() == nil,
            url.fragment() == nil, (1...65_535).contains(url.port ?? 443)
        else { return nil }
        return url
    }
}
