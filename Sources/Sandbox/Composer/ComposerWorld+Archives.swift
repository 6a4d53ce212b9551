extension ComposerWorld {
    /// The version of a package that a reference names; nil when there never was one.
    ///
    /// Archives stay when a package goes, and when a branch moves on.
    func version(of name: String, reference: String) -> ComposerVersion? {
        self.withState { state in
            guard let number = state.number(name) else { return nil }
            var current = state.current(number)
            let newest = current.devRevision
            let digits = Array(reference.utf8)
            if let version = state.catalogue.versions(number, current).first(where: { $0.reference == digits }) {
                return version
            }
            for revision in 0...newest {
                current.devRevision = newest - revision
                let branches = state.catalogue.branches(number, current)
                if let version = branches.first(where: { $0.reference == digits }) { return version }
            }
            return nil
        }
    }
}

extension ArchiveSizes {
    /// How many bytes an archive of a Composer package has, wherever it is fetched from; nil: as few as can be.
    func bytes(mount: String, name: String, reference: some StringProtocol) -> Int? {
        self.bytes(path: "/\(mount)/dist/\(name)/\(reference).zip", version: "\(name) \(reference)")
    }
}
