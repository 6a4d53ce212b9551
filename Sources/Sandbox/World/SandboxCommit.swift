/// What one commit does to one package.
package enum SandboxCommit: Equatable, Sendable {
    /// A new tag, copied from trunk, or a new version directory of a theme. `isLive` makes it the stable one; a theme's
    /// version that is not live is one that waits for review.
    case tag(String, isLive: Bool = true)
    /// A change in trunk, with a new header version if one is given.
    case trunk(version: String? = nil)
    /// Changes only pictures.
    case assets
    /// Changes only something under `branches/`.
    case branches
    /// Rewrites a tag in place: same name, other bytes.
    case rewriteTag(String)
    case deleteTag(String)
    case renameTag(String, to: String)
    /// Makes another tag (or `trunk`) the live one, by a commit to trunk's readme.
    case makeLive(String)
    /// Deletes the directory and makes it anew in one revision, without its tags.
    case replaceDirectory
    /// Paths given literally; the state of the package stays as it is.
    case paths([ChangedPath])
    /// A revision without any path.
    case empty
}
