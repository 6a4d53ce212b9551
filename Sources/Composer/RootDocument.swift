/// The repository's root document.
package enum RootDocument {
    /// Its key, relative to the repository.
    package static let path = "packages.json"

    /// The bytes of `packages.json`.
    ///
    /// Paths in it begin with a slash where the repository is at the root of its host: Composer resolves such paths against
    /// the host, so elsewhere the whole address is named.
    package static func packagesJSON(settings: DerivationSettings) -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 512)
        json.append(raw: "{\"packages\":[],\"metadata-url\":")
        json.append(self.withoutTrailingSlashes(settings.repositoryURL ?? "") + "/p2/%package%.json")
        // With patterns Composer asks for no other name, and never for one that is not there.
        json.append(raw: ",\"available-package-patterns\":[")
        json.append(settings.pluginVendor + "/*")
        if settings.themeVendor != settings.pluginVendor {
            json.append(raw: ",")
            json.append(settings.themeVendor + "/*")
        }
        json.append(raw: "]")
        if let publicURL = settings.publicURL.map(self.withoutTrailingSlashes) {
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
