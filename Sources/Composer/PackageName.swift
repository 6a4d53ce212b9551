/// Which slugs can be asked for, and which names Composer takes.
package enum PackageName {
    /// Whether WordPress.org can be asked for the slug: `^[a-z0-9_-]+$`, 1 to 200 bytes.
    package static func isAskable(slug: some StringProtocol) -> Bool { false }

    /// Whether Composer takes `name` as the name of a package.
    package static func isValid(_ name: String) -> Bool { false }
}
