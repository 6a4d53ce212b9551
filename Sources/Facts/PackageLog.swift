/// All that the change log says of one package.
package struct PackageLog: Sendable {
    /// One path: what is newest, and what it was when upstream was last known to have taken everything in, where that
    /// is older.
    package struct Path: Sendable {
        package var newest: PathHistory
        package var imported: PathHistory?

        package init(newest: PathHistory, imported: PathHistory? = nil) {
            self.newest = newest
            self.imported = imported
        }
    }

    /// By path, such as `tags/1.2.3`.
    package var paths: [String: Path] = [:]
    package var folders: [FolderChange] = []

    package init() {}

    /// Facts by path; `tags/` stands for all in it that has no fact of its own, and nothing at all for everything.
    ///
    /// A path that is gone has the revision before: the last under which upstream has it, should it go on listing it.
    package typealias Facts = (present: LogFacts, gone: [String: Int64])

    /// How all paths stand now.
    package var newest: Facts {
        self.facts { path, folders in path.newest.state(below: folders) }
    }

    /// How they stood after `revision`, the last one that upstream is known to have taken in.
    ///
    /// A path that has come into being since is as it was then, because upstream could list it no earlier.
    package func imported(at revision: Int64) -> Facts {
        let folders = self.folders.filter { $0.revision <= revision }
        return Self(paths: self.paths, folders: folders).facts { path, folders in
            if path.newest.last.revision <= revision { return path.newest.state(at: revision, below: folders) }
            if let imported = path.imported { return imported.state(at: revision, below: folders) }
            guard let appeared = path.newest.appeared, appeared.revision > revision else {
                return folders.last?.stateOfUnknown
            }
            return .present(
                LogFact(
                    revision: appeared.revision,
                    changedAtMilliseconds: appeared.dateMilliseconds,
                    appearedAtMilliseconds: appeared.dateMilliseconds
                )
            )
        }
    }

    private init(paths: [String: Path], folders: [FolderChange]) {
        self.paths = paths
        self.folders = folders
    }

    private func facts(_ state: (Path, [FolderChange]) -> PathHistory.State?) -> Facts {
        var facts: Facts = ([:], [:])
        func add(_ state: PathHistory.State?, _ path: String) {
            switch state {
            case .present(let fact): facts.present[path] = fact
            case .gone(let revision):
                facts.gone[path] = revision
                facts.present[path] = LogFact(revision: max(revision, 1) - 1)
            case nil: break
            }
        }
        let folders = self.folders.sorted(by: FolderChange.precedes)
        if folders.isEmpty {
            for (path, known) in self.paths { add(state(known, []), path) }
            return facts
        }
        for path in ["", "tags/", "trunk"] where self.paths[path] == nil {
            add(Self.folders(folders, above: path).last?.stateOfUnknown, path)
        }
        for (path, known) in self.paths { add(state(known, Self.folders(folders, above: path)), path) }
        return facts
    }

    private static func folders(_ folders: [FolderChange], above path: String) -> [FolderChange] {
        folders.filter { path.utf8.starts(with: $0.prefix.utf8) }
    }
}
