/// What happens to a package in one publication.
package enum ComposerChange: String, Sendable, CaseIterable {
    /// A new stable version; the branch that it was made from moves too, so both documents change.
    case release
    /// A branch moves: only the `~dev` document changes.
    case dev
    /// An advisory is added, which is in the main document.
    case advisory
    /// The oldest advisory goes, of which `updatedSince` does not tell; nothing but a new date where there is none.
    case withdrawal
}
