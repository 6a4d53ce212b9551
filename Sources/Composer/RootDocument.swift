import Wire

/// The repository's root document.
package enum RootDocument {
    /// Its key, relative to the repository.
    package static let path = "packages.json"

    /// The bytes of `packages.json`.
    ///
    /// - Parameters:
    ///   - names: Of packages that ``patterns`` do not stand for; nil for none.
    ///   - patterns: Of the names of all other packages: `acme/*`. With names or patterns Composer asks for nothing else,
    ///     and never for what is not there; with both nil it asks for every name that it needs.
    ///   - policies: What documents say of advisories, and where more is known of them; nil where they say nothing.
    ///   - filter: The lists of `filter` that documents name versions by; nil where none does.
    ///   - repositoryURL: The absolute URL of the repository when it does not live at the root of its host.
    ///   - mirrorsArchives: Whether `serve` has archives, for which it is asked before upstream.
    ///   - publicURL: Where `serve` is reached, for feed, list, search and reports of installations; nil when it is not.
    ///
    ///   - folder: Where the documents are, below the repository: that of advisories has one of its own.
    ///
    /// Paths in it begin with a slash where the repository is at the root of its host: Composer resolves such paths against
    /// the host, so elsewhere the whole address is named.
    package static func packagesJSON(
        names: [String]? = nil,
        patterns: [String]?,
        policies: RootPolicies? = nil,
        filter: FilterLists? = nil,
        mirrorsArchives: Bool = false,
        repositoryURL: String?,
        publicURL: String?,
        folder: String = ""
    ) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 512)
        json.append(raw: "{\"packages\":[],\"metadata-url\":")
        json.append(self.address(of: "\(folder)p2/%package%.json", repositoryURL: repositoryURL))
        self.append("available-packages", names, to: &json)
        self.append("available-package-patterns", patterns, to: &json)
        policies?.write(to: &json)
        filter?.write(to: &json)
        if let publicURL = publicURL.map(self.withoutTrailingSlashes) {
            json.append(raw: ",\"metadata-changes-url\":")
            json.append(publicURL + "/metadata/changes.json")
            json.append(raw: ",\"list\":")
            json.append(publicURL + "/packages/list.json")
            json.append(raw: ",\"search\":")
            json.append(publicURL + "/search.json?q=%query%&type=%type%")
            json.append(raw: ",\"notify-batch\":")
            json.append(publicURL + "/downloads")
            if mirrorsArchives {
                json.append(raw: ",\"mirrors\":[{\"dist-url\":")
                json.append("\(publicURL)/\(MirrorPath.template)")
                json.append(raw: ",\"preferred\":true}]")
            }
        }
        json.append(raw: "}")
        return json.bytes
    }

    /// How a root names an object of the repository.
    package static func address(of key: String, repositoryURL: String?) -> String {
        "\(self.withoutTrailingSlashes(repositoryURL ?? ""))/\(key)"
    }

    private static func append(_ member: StaticString, _ texts: [String]?, to json: inout JSONWriter) {
        guard let texts else { return }
        json.append(raw: ",\"")
        json.append(raw: member)
        json.append(raw: "\":[")
        for (index, text) in texts.enumerated() {
            if index > 0 { json.append(raw: ",") }
            json.append(text)
        }
        json.append(raw: "]")
    }

    private static func withoutTrailingSlashes(_ url: String) -> String {
        var url = url
        while url.utf8.last == UInt8(ascii: "/") { url.removeLast() }
        return url
    }
}
