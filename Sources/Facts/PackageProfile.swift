/// What a kind of upstream tells people of a package, beside what the package's documents say.
package struct PackageProfile: Equatable, Sendable {
    /// Something that Composer has no field for, such as which WordPress a plugin wants.
    package struct Trait: Equatable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A version that upstream lists and that is not published.
    package struct LeftOut: Equatable, Sendable {
        /// As upstream writes it.
        package var version: String
        package var reason: String

        package init(_ version: String, _ reason: String) {
            self.version = version
            self.reason = reason
        }
    }

    package var traits: [Trait]
    /// Where upstream says what changed from version to version.
    package var changelog: String?
    /// In upstream's order.
    package var leftOut: [LeftOut]

    package init(traits: [Trait] = [], changelog: String? = nil, leftOut: [LeftOut] = []) {
        self.traits = traits
        self.changelog = changelog
        self.leftOut = leftOut
    }
}
