/// Composer package types of the two WordPress.org directories.
package enum PackageType: String, Sendable, CaseIterable {
    case plugin = "wordpress-plugin"
    case theme = "wordpress-theme"
}
