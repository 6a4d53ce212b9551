/// Where a running sandbox is reached. No URL has a slash at its end.
package struct SandboxAddress: Equatable, Sendable {
    package let port: Int
    package let baseURL: String
    package let pluginsSVN: String
    package let themesSVN: String
    /// Host of `/plugins/info/1.2/` and `/themes/info/1.2/`.
    package let api: String
    package let downloads: String
    /// For path-style requests: `ENDPOINT/BUCKET/KEY`.
    package let s3Endpoint: String

    package init(port: Int, baseURL: String) {
        self.port = port
        self.baseURL = baseURL
        self.pluginsSVN = baseURL + RequestClassifier.pluginsMount
        self.themesSVN = baseURL + RequestClassifier.themesMount
        self.api = baseURL
        self.downloads = baseURL
        self.s3Endpoint = baseURL
    }
}
