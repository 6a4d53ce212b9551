import Wire

/// The files of the v1 tree that name others by their hashes, as Composer 1 and 2 and composer/mirror read them.
package enum TreeListing {
    /// A listing: which document each package of a group has.
    package static func json(_ documents: [TreeFile]) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 128 * documents.count + 32)
        json.append(raw: "{\"providers\":{")
        self.append(documents, to: &json) { $0.name }
        json.append(raw: "}}")
        return json.bytes
    }

    /// The root: where documents are, and which listings there are.
    ///
    /// It has no `metadata-url`, beside which Composer looks at nothing else; listings name no listings, which
    /// composer/mirror does not follow.
    ///
    /// - Parameters:
    ///   - repositoryURL: The absolute URL of the repository when it does not live at the root of its host.
    ///   - publicURL: Where `serve` is reached, for search and reports of installations; nil when it is not.
    package static func root(_ listings: [TreeFile], repositoryURL: String?, publicURL: String?) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 160 * listings.count + 256)
        json.append(raw: "{\"packages\":[]")
        if let publicURL = publicURL.map(self.withoutTrailingSlashes) {
            json.append(raw: ",\"notify-batch\":")
            json.append(publicURL + "/downloads")
            json.append(raw: ",\"search\":")
            json.append(publicURL + "/search.json?q=%query%&type=%type%")
        }
        json.append(raw: ",\"providers-url\":")
        json.append(self.withoutTrailingSlashes(repositoryURL ?? "") + "/v1/p/%package%$%hash%.json")
        json.append(raw: ",\"provider-includes\":{")
        self.append(listings, to: &json) { "p/\($0.name)$%hash%.json" }
        json.append(raw: "}}")
        return json.bytes
    }

    /// By their names, so that the same files give the same bytes.
    private static func append(_ files: [TreeFile], to json: inout JSONWriter, _ key: (TreeFile) -> String) {
        let ordered = files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (index, file) in ordered.enumerated() {
            if index > 0 { json.append(raw: ",") }
            json.append(key(file))
            json.append(raw: ":{\"sha256\":")
            json.append(file.sha256)
            json.append(raw: "}")
        }
    }

    private static func withoutTrailingSlashes(_ url: String) -> String {
        var url = url
        while url.utf8.last == UInt8(ascii: "/") { url.removeLast() }
        return url
    }
}
