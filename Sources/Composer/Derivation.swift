/// Derives the documents of a package from what is known about it.
package enum Derivation {
    /// Raised whenever the same facts give other bytes than before, so that every package is derived again.
    static let serializerVersion = 1

    /// The documents of one package: a pure function, equal input gives equal bytes.
    ///
    /// - Parameter closure: non-nil when the package is closed and the policy keeps it.
    package static func documents(
        payload: Payload,
        facts: LogFacts,
        closure: Closure?,
        settings: DerivationSettings
    ) -> DerivedPackage {
        let name = settings.name(type: payload.type, slug: payload.slug)
        return DerivedPackage(
            main: DerivedDocument(path: "p2/\(name).json", bytes: []),
            dev: DerivedDocument(path: "p2/\(name)~dev.json", bytes: []),
            latestVersion: nil,
            versionCount: 0,
            invalidTags: 0,
            heldBackTags: 0,
            collidingTags: 0
        )
    }
}
