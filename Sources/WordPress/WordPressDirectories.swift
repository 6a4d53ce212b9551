import Composer
package import Facts
package import Upstream

/// The kind of the two directories of WordPress.org.
///
/// ## Environment variables
/// - `PACKLINE_VENDORS` (default `wp-plugin,wp-theme`): vendor names of plugins and themes.
/// - `PACKLINE_WPORG_API_URL`, `PACKLINE_WPORG_PLUGINS_SVN_URL`, `PACKLINE_WPORG_THEMES_SVN_URL` (default: the real
///   WordPress.org): where it is asked.
/// - `PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL`, `PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL`,
///   `PACKLINE_WPORG_DOWNLOADS_URL` (default: the real ones): what documents say.
package enum WordPressDirectories: UpstreamKind {
    package static let plugins = SourceName("wordpress-plugins")
    package static let themes = SourceName("wordpress-themes")

    package static var names: [SourceName] { [self.plugins, self.themes] }
    package static var namesByDefault: [SourceName] { self.names }

    package static func sources(_ names: [SourceName], _ settings: inout some KindSettings) -> [any UpstreamSource] {
        var plugins = DirectorySettings(.plugin)
        var themes = DirectorySettings(.theme)
        if let vendors = settings.list("PACKLINE_VENDORS") {
            if vendors.count == 2, vendors[0] != vendors[1], vendors.allSatisfy({ PackageName.isValid("\($0)/x") }) {
                (plugins.vendor, themes.vendor) = (vendors[0], vendors[1])
            } else {
                settings.refuse(
                    "PACKLINE_VENDORS is '\(vendors.joined(separator: ","))'; it takes two different names, of plugins "
                        + "and of themes, such as wp-plugin,wp-theme"
                )
            }
        }
        func read(_ name: String, _ paths: WritableKeyPath<DirectorySettings, String>, _ isOf: PackageType? = nil) {
            guard let url = settings.url(name) else { return }
            if isOf != .theme { plugins[keyPath: paths] = url }
            if isOf != .plugin { themes[keyPath: paths] = url }
        }
        read("PACKLINE_WPORG_API_URL", \.apiURL)
        read("PACKLINE_WPORG_PLUGINS_SVN_URL", \.askedSubversionURL, .plugin)
        read("PACKLINE_WPORG_THEMES_SVN_URL", \.askedSubversionURL, .theme)
        read("PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL", \.subversionURL, .plugin)
        read("PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL", \.subversionURL, .theme)
        read("PACKLINE_WPORG_DOWNLOADS_URL", \.downloadsURL)
        return names.map { DirectorySource($0 == self.plugins ? plugins : themes) }
    }
}
