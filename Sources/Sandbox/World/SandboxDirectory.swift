/// One of the two directories of WordPress.org, with a Subversion repository each.
package enum SandboxDirectory: String, Sendable, CaseIterable, Codable {
    case plugins
    case themes
}
