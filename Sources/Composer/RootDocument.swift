/// The repository's root document.
package enum RootDocument {
    /// The bytes of `packages.json`.
    package static func packagesJSON(settings: DerivationSettings) -> [UInt8] { [] }
}
