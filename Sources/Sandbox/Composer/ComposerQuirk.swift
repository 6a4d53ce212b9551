/// What can be odd about a package's main document on Packagist, although it is well-formed.
package enum ComposerQuirk: String, Sendable, CaseIterable {
    /// It holds another package too.
    case several
    /// It holds no package at all; PHP writes that as a list.
    case none
    /// The `source` of its newest version has no reference, which ends every client's whole update.
    case brokenSource = "broken-source"
    /// Its newest version is in the list `malware`.
    case malware
}
