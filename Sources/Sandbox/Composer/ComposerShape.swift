/// What a mount speaks.
package enum ComposerShape: String, Sendable, CaseIterable {
    /// Packagist of 2026: minified documents, change feed, list, advisories.
    case packagist
    /// `provider-includes`, one of them nested, with documents named by their SHA-256.
    case providers
    /// A Satis of version 1: one included file, named by its SHA-1.
    case includes
    /// As `includes`, but the SHA-1 is an invented one, as of servers that announce random ones.
    case inventedIncludes = "invented-includes"
    /// A Satis of version 2: `available-packages` and documents that are not minified, with real checksums.
    case satis
    /// `providers-lazy-url`: a document a name, without hashes.
    case lazy
    /// All packages in the root, their versions in lists.
    case inlineLists = "inline-lists"
    /// All packages in the root, their versions in maps.
    case inlineMaps = "inline-maps"
    /// A group of GitLab: what Composer 2 gets has no `version_normalized`, what anyone else gets has providers too.
    case gitlab
    /// Files of a folder, as they are.
    case captures

    /// Whether everything is in few large files, which are made anew at each change.
    var isWholesale: Bool {
        switch self {
        case .packagist, .satis, .lazy, .captures: false
        case .providers, .includes, .inventedIncludes, .inlineLists, .inlineMaps, .gitlab: true
        }
    }
}
