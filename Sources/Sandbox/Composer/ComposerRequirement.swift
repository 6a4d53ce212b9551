/// What versions of a package require, from one of them on.
struct ComposerRequirement: Equatable, Sendable {
    /// The place of the first version, oldest first.
    var from = 0
    var names: [String]
}

extension [ComposerRequirement] {
    /// The names that a version requires: branches what the newest does.
    func names(of version: ComposerVersion) -> [String] {
        self.last { version.index ?? .max >= $0.from }?.names ?? []
    }
}

extension ComposerWorld {
    /// Lets a package's next release require these, whether they are there or not, and publishes that release.
    ///
    /// - Parameter inEveryVersion: Whether what was released before requires the same from now on.
    /// - Throws: ``SandboxError/badCommand(_:)`` when there is no such package.
    package func require(_ name: String, _ names: [String], inEveryVersion: Bool = false) throws(SandboxError) {
        try self.withState { (state: inout State) throws(SandboxError) in
            let number = try state.existing([name])[0]
            let next = state.catalogue.initialVersions(number) + state.current(number).releases.count
            let requirement = ComposerRequirement(from: inEveryVersion ? 0 : next, names: names)
            state.requirements[number, default: []].append(requirement)
            state.publish(number, .release)
        }
    }

    /// What any version of a package requires, and what that requires, with the package itself.
    package func closure(of names: [String]) -> Set<String> {
        self.withState { state -> Set<String> in
            var found = Set(names)
            var next = names
            while let name = next.popLast() {
                guard let number = state.number(name), let package = state.package(number) else { continue }
                for version in package.versions + package.branches {
                    for required in package.requirements.names(of: version) where found.insert(required).inserted {
                        next.append(required)
                    }
                }
            }
            return found
        }
    }
}
