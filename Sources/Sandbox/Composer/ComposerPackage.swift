/// One package as it is served now.
struct ComposerPackage: Sendable {
    let catalogue: ComposerCatalogue
    let number: Int
    let name: String
    /// What it requires, of the start and later, newest last.
    let requirements: [ComposerRequirement]
    let state: ComposerPackageState
    let quirk: ComposerQuirk?

    var versions: [ComposerVersion] { self.catalogue.versions(self.number, self.state) }
    var branches: [ComposerVersion] { self.catalogue.branches(self.number, self.state) }

    func writer(archives: ComposerArchives, _ style: ComposerWriter.Style) -> ComposerWriter {
        ComposerWriter(
            catalogue: self.catalogue,
            number: self.number,
            name: self.name,
            requirements: self.requirements,
            archives: archives,
            style: style
        )
    }

    /// Which versions have an advisory, its identifier, and when it was last changed (seconds since 1970): the one of the
    /// start, and those that were added, but for what was withdrawn.
    var advisories: ArraySlice<(id: String, affected: String, updated: Int64)> {
        var advisories: [(id: String, affected: String, updated: Int64)] = []
        if self.catalogue.hasAdvisory(self.number) {
            advisories.append(("PKSA-\(self.number)-start", "<1.0.1", self.catalogue.startSeconds))
        }
        for (index, time) in self.state.advisories.enumerated() {
            advisories.append(("PKSA-\(self.number)-\(index)", "<1.0.\(index % 6)", time))
        }
        return advisories.dropFirst(self.state.withdrawnAdvisories)
    }
}

extension ComposerWorld.State {
    /// - Parameter number: Of a package that may be there or not.
    mutating func package(_ number: Int) -> ComposerPackage? {
        guard let state = self.shown(number) else { return nil }
        return ComposerPackage(
            catalogue: self.catalogue,
            number: number,
            name: self.name(number),
            requirements: [ComposerRequirement(names: self.catalogue.requirement(number).map { [self.name($0)] } ?? [])]
                + (self.requirements[number] ?? []),
            state: state,
            quirk: self.quirks[number]
        )
    }

    /// The package whose document is served for a name.
    mutating func package(asked name: String) -> ComposerPackage? {
        guard let number = self.number(name), let package = self.package(number) else { return nil }
        guard let other = self.swapped[number] else { return package }
        return self.package(other)
    }
}
