import Wire

/// The repository's root document.
package enum RootDocument {
    /// Its key, relative to the repository.
    package static let path = "packages.json"

    /// The bytes of `packages.json`.
    ///
    /// - Parameters:
    ///   - patterns: Of the names of all packages: `acme/*`.
    ///   - repositoryURL: The absolute URL of the repository when it does not live at the root of its host.
    ///   - publicURL: Where `serve` is reached, for feed, list, search and reports of installations; nil when it is not.
    ///
    /// Paths in it begin with a slash where the repository is at the root of its host: Composer resolves such paths against
    /// the host, so elsewhere the whole address is named.
    package static func packagesJSON(patterns: [String], repositoryURL: String?, publicURL: String?) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 512)
        json.append(raw: "{\"packages\":[],\"metadata-url\":")
        json.append(self.withoutTrailingSlashes(repositoryURL ?? "") + "/p2/%package%.json")
        // With patterns Composer asks for no other name, and never for one that is not there.
        json.append(raw: ",\"available-package-patterns\":[")
        for (index, pattern) in patterns.enumerated() {
            if index > 0 { json.append(raw: ",") }
            json.append(pattern)
        }
        json.append(raw: "]")
        if let publicURL = publicURL.map(self.withoutTrailingSlashes) {
            json.append(raw: ",\"metadata-changes-url\":")
            json.append(publicURL + "/metadata/changes.json")
            json.append(raw: ",\"list\":")
            json.append(publicURL + "/packages/list.json")
            json.append(raw: ",\"search\":")
            json.append(publicURL + "/search.json?q=%query%&type=%type%")
            json.append(raw: ",\"notify-batch\":")
            json.append(publicURL + "/downloads")
        }
        json.append(raw: "}")
        return json.bytes
    }

    private static func withoutTrailingSlashes(_ url: String) -> String {
        var url = url
        while url.utf8.last == UInt8(ascii: "/") { url.removeLast() }
        return url
    }
}
