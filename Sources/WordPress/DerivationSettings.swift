import Composer
package import Facts

/// The settings that shape what is published.
package struct DerivationSettings: Equatable, Sendable {
    /// The part before the slash in the names of plugins.
    package var pluginVendor = "wp-plugin"
    /// The part before the slash in the names of themes.
    package var themeVendor = "wp-theme"
    /// Without a trailing slash.
    package var pluginsSubversionURL = "https://plugins.svn.wordpress.org"
    /// Without a trailing slash.
    package var themesSubversionURL = "https://themes.svn.wordpress.org"
    /// Where archives are that upstream does not name; without a trailing slash.
    package var downloadsURL = "https://downloads.wordpress.org"
    /// The absolute URL of the repository when it does not live at the root of its host.
    package var repositoryURL: String?
    /// Where `serve` is reached, for feed, list, search and reports of installations; nil when it is not.
    package var publicURL: String?
    package var closedPolicy = ClosedPolicy.remove

    /// The defaults.
    package init() {}

    /// SHA-256, hexadecimal, over the serializer's version and every setting that shapes the documents of packages.
    ///
    /// Settings that shape `packages.json` only are left out: that document is always derived anew.
    package var fingerprint: String {
        let parts = [
            "\(Derivation.serializerVersion)", self.pluginVendor, self.themeVendor, self.pluginsSubversionURL,
            self.themesSubversionURL, self.downloadsURL, self.closedPolicy.rawValue,
        ]
        // The lengths keep two lists of parts apart that run together to the same text.
        return ContentHash(of: Array(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8)).hexadecimal
    }

    /// The Composer name of a package: `wp-plugin/akismet`.
    package func name(type: PackageType, slug: String) -> String {
        switch type {
        case .plugin: "\(self.pluginVendor)/\(slug)"
        case .theme: "\(self.themeVendor)/\(slug)"
        }
    }
}

extension DerivationSettings {
    /// What the names of each source's packages look like.
    package var patterns: [(source: String, pattern: String)] {
        [("wordpress-plugins", "\(self.pluginVendor)/*"), ("wordpress-themes", "\(self.themeVendor)/*")]
    }
}
