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
    /// Deletes the tags folder of a plugin; the log names nothing else.
    case deleteTags
    /// Puts the tags folder as it was in the snapshot into place as a copy: where it was deleted, or instead of what is
    /// there. The log names nothing but the folder.
    indirect case restoreTags(SandboxSnapshot)
    /// The same for the whole directory, which may have been removed.
    indirect case restoreDirectory(SandboxSnapshot)
    /// Paths given literally; the state of the package stays as it is.
    case paths([ChangedPath])
    /// A revision without any path.
    case empty
}

/// A package as it was in a revision, for being copied from there.
package struct SandboxSnapshot: Equatable, Sendable {
    package var package: SandboxPackage
    package var revision: Int
    /// Whether there is something that it takes the place of; found out by the commit.
    var replaces = false

    package init(package: SandboxPackage, revision: Int) {
        self.package = package
        self.revision = revision
    }

    /// A tag with the revision that last changed it: a copy of the same directory keeps it, while one of another
    /// directory begins with the copy.
    func copied(_ tag: SandboxTag, to slug: String, revision: Int) -> SandboxTag {
        self.package.slug == slug ? tag : SandboxTag(name: tag.name, addedRevision: revision)
    }
}
