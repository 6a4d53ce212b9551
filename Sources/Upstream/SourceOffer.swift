package import Composer

/// What an upstream was found to offer, as far as others than its asker need it.
///
/// Kept in the database: stages that ask no upstream know it from there.
package struct SourceOffer: Codable, Equatable, Sendable {
    /// For people: `change feed with list`.
    package var words: String
    /// Whether all names that it has can be told.
    package var isFinite: Bool
    /// What its root says of advisories in its documents; nil where these can't be passed on.
    package var policies: RootPolicies?

    package init(words: String, isFinite: Bool, policies: RootPolicies? = nil) {
        self.words = words
        self.isFinite = isFinite
        self.policies = policies
    }
}
