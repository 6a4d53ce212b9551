extension SandboxRepository {
    /// The paths that a revision shows, in the order in which Subversion sorts them.
    func paths(of change: SandboxRevision.Change, revision: Int) -> [ChangedPath] {
        switch change {
        case .birth(let slug):
            return self.birth(slug: slug)
        case .removal(let slug):
            return [ChangedPath(.deleted, .dir, "/\(slug)")]
        case .commit(let slug, let commit):
            return self.directory == .plugins
                ? self.pluginPaths(slug: slug, commit, revision: revision)
                : self.themePaths(slug: slug, commit, revision: revision)
        }
    }

    private func birth(slug: String) -> [ChangedPath] {
        guard self.directory == .plugins else { return [ChangedPath(.added, .dir, "/\(slug)")] }
        return [
            ChangedPath(.added, .dir, "/\(slug)"),
            ChangedPath(.added, .dir, "/\(slug)/assets"),
            ChangedPath(.added, .dir, "/\(slug)/tags"),
            ChangedPath(.added, .dir, "/\(slug)/trunk"),
            ChangedPath(.added, .file, "/\(slug)/trunk/\(slug).php"),
            ChangedPath(.added, .file, "/\(slug)/trunk/readme.txt"),
        ]
    }

    private func pluginPaths(slug: String, _ commit: SandboxCommit, revision: Int) -> [ChangedPath] {
        switch commit {
        case .tag(let name, _):
            [
                ChangedPath(.added, .dir, "/\(slug)/tags/\(name)", copiedFrom: ("/\(slug)/trunk", revision - 1)),
                ChangedPath(.modified, .file, "/\(slug)/tags/\(name)/readme.txt"),
                ChangedPath(.modified, .file, "/\(slug)/trunk/\(slug).php"),
                ChangedPath(.modified, .file, "/\(slug)/trunk/readme.txt"),
            ]
        case .trunk:
            [
                ChangedPath(.modified, .file, "/\(slug)/trunk/\(slug).php"),
                ChangedPath(.modified, .file, "/\(slug)/trunk/readme.txt"),
            ]
        case .makeLive:
            [ChangedPath(.modified, .file, "/\(slug)/trunk/readme.txt")]
        case .assets:
            [ChangedPath(.modified, .file, "/\(slug)/assets/banner-772x250.png")]
        case .branches:
            [ChangedPath(.modified, .file, "/\(slug)/branches/next/\(slug).php")]
        case .rewriteTag(let name):
            [ChangedPath(.modified, .file, "/\(slug)/tags/\(name)/\(slug).php")]
        case .deleteTag(let name):
            [ChangedPath(.deleted, .dir, "/\(slug)/tags/\(name)")]
        case .renameTag(let name, let newName):
            [
                ChangedPath(.deleted, .dir, "/\(slug)/tags/\(name)"),
                ChangedPath(
                    .added,
                    .dir,
                    "/\(slug)/tags/\(newName)",
                    copiedFrom: ("/\(slug)/tags/\(name)", revision - 1)
                ),
            ]
        case .replaceDirectory:
            [ChangedPath(.replaced, .dir, "/\(slug)")] + self.birth(slug: slug).dropFirst()
        case .deleteTags:
            [ChangedPath(.deleted, .dir, "/\(slug)/tags")]
        case .restoreTags(let snapshot):
            [self.copy(of: snapshot, to: slug, folder: "/tags")]
        case .restoreDirectory(let snapshot):
            [self.copy(of: snapshot, to: slug, folder: "")]
        case .paths(let paths):
            paths
        case .empty:
            []
        }
    }

    private func themePaths(slug: String, _ commit: SandboxCommit, revision: Int) -> [ChangedPath] {
        switch commit {
        case .tag(let name, _):
            [
                ChangedPath(.added, .dir, "/\(slug)/\(name)"),
                ChangedPath(.added, .file, "/\(slug)/\(name)/index.php"),
                ChangedPath(.added, .file, "/\(slug)/\(name)/style.css"),
            ]
        case .rewriteTag(let name):
            [ChangedPath(.modified, .file, "/\(slug)/\(name)/style.css")]
        case .deleteTag(let name):
            [ChangedPath(.deleted, .dir, "/\(slug)/\(name)")]
        case .renameTag(let name, let newName):
            [
                ChangedPath(.deleted, .dir, "/\(slug)/\(name)"),
                ChangedPath(.added, .dir, "/\(slug)/\(newName)", copiedFrom: ("/\(slug)/\(name)", revision - 1)),
            ]
        case .replaceDirectory:
            [ChangedPath(.replaced, .dir, "/\(slug)")]
        case .restoreDirectory(let snapshot):
            [self.copy(of: snapshot, to: slug, folder: "")]
        case .trunk, .makeLive, .assets, .branches, .deleteTags, .restoreTags:
            [ChangedPath(.modified, .dir, "/\(slug)")]
        case .paths(let paths):
            paths
        case .empty:
            []
        }
    }

    private func copy(of snapshot: SandboxSnapshot, to slug: String, folder: String) -> ChangedPath {
        ChangedPath(
            snapshot.replaces ? .replaced : .added,
            .dir,
            "/\(slug)\(folder)",
            copiedFrom: ("/\(snapshot.package.slug)\(folder)", snapshot.revision)
        )
    }

    /// Who made a revision; nil where upstream has none.
    func author(of change: SandboxRevision.Change) -> String? {
        guard self.directory == .plugins else { return "themedropbox" }
        switch change {
        case .birth, .removal: return "plugin-master"
        case .commit(let slug, _):
            return slug.isEmpty ? nil : PackageText.nicename(author: PackageText.author(slug: slug))
        }
    }

    func comment(of change: SandboxRevision.Change) -> String {
        switch change {
        case .birth(let slug): "Adding \(PackageText.title(slug: slug)) by \(PackageText.author(slug: slug))."
        case .removal(let slug): "Removing \(slug)"
        case .commit(let slug, .tag(let name, _)):
            self.directory == .plugins ? "tagging version \(name) ✓" : "New version of \(slug) - \(name)"
        case .commit(_, .trunk(let version)): "Update <trunk> & \"readme\" \(version ?? "")"
        case .commit(_, .rewriteTag(let name)): "Fix \(name)\n\nTested up to 6.7."
        case .commit(_, .deleteTag(let name)): "Remove old tag \(name)"
        case .commit(_, .renameTag(let name, let newName)): "\(name) -> \(newName)"
        case .commit(_, .makeLive(let name)): "Stable tag: \(name)"
        case .commit(_, .assets): "Update assets \u{7}"
        case .commit(_, .branches): "Work in progress"
        case .commit(_, .replaceDirectory): "Start again"
        case .commit(_, .deleteTags): "Remove all tags"
        case .commit(_, .restoreTags), .commit(_, .restoreDirectory): "Restore what was deleted"
        case .commit(_, .paths), .commit(_, .empty): ""
        }
    }
}
