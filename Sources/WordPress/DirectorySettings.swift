import Composer

/// The settings of one of the two directories: where it is asked, and what is published of it.
package struct DirectorySettings: Equatable, Sendable {
    package let type: PackageType
    /// The part before the slash in the names of its packages.
    package var vendor: String
    /// Where its repository is asked, without a trailing slash.
    package var askedSubversionURL: String
    /// Where its API is asked, without a trailing slash.
    package var apiURL = "https://api.wordpress.org"
    /// What is published of its repository, without a trailing slash.
    package var subversionURL: String
    /// Where archives are said to be that upstream does not name; without a trailing slash.
    package var downloadsURL = "https://downloads.wordpress.org"

    /// The defaults.
    package init(_ type: PackageType) {
        self.type = type
        switch type {
        case .plugin: (self.vendor, self.subversionURL) = ("wp-plugin", "https://plugins.svn.wordpress.org")
        case .theme: (self.vendor, self.subversionURL) = ("wp-theme", "https://themes.svn.wordpress.org")
        }
        self.askedSubversionURL = self.subversionURL
    }

    /// Names the serializer's version and every setting that shapes documents; not from where they are fetched.
    package var fingerprint: String {
        ["\(Derivation.serializerVersion)", self.vendor, self.subversionURL, self.downloadsURL]
            // The lengths keep two lists of parts apart that run together to the same text.
            .map { "\($0.utf8.count):\($0)" }.joined()
    }

    /// The Composer name of a package: `wp-plugin/akismet`.
    package func name(ofSlug slug: String) -> String { "\(self.vendor)/\(slug)" }
}
