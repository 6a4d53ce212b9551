/// Where a running sandbox is reached.
///
/// No URL has a slash at its end.
package struct SandboxAddress: Equatable, Sendable {
    package let port: Int
    package let baseURL: String
    package let pluginsSVN: String
    package let themesSVN: String
    /// Host of `/plugins/info/1.2/` and `/themes/info/1.2/`.
    package let api: String
    package let downloads: String
    /// Where the archives of WordPress itself are.
    package let core: String
    /// GitHub's API, and where it leads to.
    package let gitHub: String
    package let codeload: String
    /// For path-style requests: `ENDPOINT/BUCKET/KEY`.
    package let s3Endpoint: String
    /// Ports at whose root a bucket's objects are, by bucket.
    package let websitePorts: [String: Int]

    package init(port: Int, baseURL: String, websitePorts: [String: Int] = [:]) {
        self.port = port
        self.baseURL = baseURL
        self.pluginsSVN = baseURL + RequestClassifier.pluginsMount
        self.themesSVN = baseURL + RequestClassifier.themesMount
        self.api = baseURL
        self.downloads = baseURL
        self.core = baseURL + RequestClassifier.coreMount
        self.gitHub = baseURL + GitHubAddress.apiMount
        self.codeload = GitHubAddress.codeload(baseURL: baseURL)
        self.s3Endpoint = baseURL
        self.websitePorts = websitePorts
    }

    /// Where a Composer repository is: its root is `packages.json` below.
    package func composer(_ mount: String) -> String { "\(self.baseURL)/\(mount)" }

    /// The settings that point the stages at the sandbox, with a bucket of the store as the target.
    package func environment(bucket: String, settings: SandboxSettings = .init()) -> [(name: String, value: String)] {
        [
            ("PACKLINE_WPORG_API_URL", self.api),
            ("PACKLINE_WPORG_PLUGINS_SVN_URL", self.pluginsSVN),
            ("PACKLINE_WPORG_THEMES_SVN_URL", self.themesSVN),
            ("PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL", self.pluginsSVN),
            ("PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL", self.themesSVN),
            ("PACKLINE_WPORG_DOWNLOADS_URL", self.downloads),
            ("PACKLINE_WPORG_CORE_URL", self.core),
            ("PACKLINE_WPORG_PUBLISHED_CORE_URL", self.core),
            ("PACKLINE_GITHUB_API_URL", self.gitHub),
            ("PACKLINE_BUCKET_URL", "s3://\(bucket)"),
            ("PACKLINE_S3_ENDPOINT", self.s3Endpoint),
            ("PACKLINE_S3_PATH_STYLE", "true"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", settings.accessKey),
            ("AWS_SECRET_ACCESS_KEY", settings.secretKey),
        ]
    }
}
