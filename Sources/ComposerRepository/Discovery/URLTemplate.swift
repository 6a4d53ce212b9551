import Wire

/// An absolute address with places for a package's name and for the hash of its file.
package struct URLTemplate: Hashable, Sendable, CustomStringConvertible {
    private enum Part: Hashable, Sendable {
        case text(String)
        case package
        case hash
    }

    private let parts: [Part]
    /// The template, absolute: `https://repo.packagist.org/p2/%package%.json`.
    package let description: String

    /// The first `$` of the template goes as `%24`.
    ///
    /// - Parameter text: Absolute already, as ``RepositoryURL/resolve(_:)`` makes it.
    package init(_ text: String) {
        let text = Self.sparingDollar(text)
        var parts: [Part] = []
        var rest = text[...]
        while let mark = rest.firstIndex(of: "%") {
            if rest[mark...].hasPrefix("%package%") {
                parts += [.text(String(rest[..<mark])), .package]
                rest = rest[mark...].dropFirst("%package%".count)
            } else if rest[mark...].hasPrefix("%hash%") {
                parts += [.text(String(rest[..<mark])), .hash]
                rest = rest[mark...].dropFirst("%hash%".count)
            } else {
                let next = rest.index(after: mark)
                parts.append(.text(String(rest[..<next])))
                rest = rest[next...]
            }
        }
        self.parts = parts + [.text(String(rest))]
        self.description = text
    }

    /// The address for a package.
    ///
    /// Composer puts names in as they are, and those it takes need no encoding (the slash stays, so does the tilde of
    /// `~dev`); should any other come here, it can't become another path, query or host.
    ///
    /// - Parameter hash: As it was announced; without one its place stays as it is, as in Composer.
    package func url(package name: String, hash: AnnouncedHash? = nil) -> String {
        var url = ""
        for part in self.parts {
            switch part {
            case .text(let text): url += text
            case .package: url += Percent.encoded(name, keepsSlash: true)
            case .hash: url += hash.map { Percent.encoded($0.text) } ?? "%hash%"
            }
        }
        return url
    }

    /// With the first `$` as `%24`, because some proxies choke on it; only the first, as Composer does it.
    static func sparingDollar(_ url: String) -> String {
        guard let dollar = url.firstIndex(of: "$") else { return url }
        return url[..<dollar] + "%24" + url[url.index(after: dollar)...]
    }
}
