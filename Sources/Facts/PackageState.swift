package enum PackageState: String, Sendable, CaseIterable {
    /// Never answered for yet.
    case new
    case active
    case closed
    /// Named upstream, and not, or no longer, a package.
    case missing
}
