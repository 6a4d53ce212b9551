import Composer
import Store

/// What is published after what: what says what is live of others comes after them.
enum PublishingStep: CaseIterable, Sendable {
    /// Where the settings have changed, the root goes first, and says nothing of advisories: no private package may be live
    /// while an audit would tell its name to somebody else.
    case settings
    case archives, documents, treeDocuments, listings
    /// What a root names beside what is known of it.
    case summaries
    case roots

    /// What is uploaded in it.
    var kind: ObjectKind {
        switch self {
        case .archives: .archive
        case .documents: .document
        case .treeDocuments, .listings: .listing
        case .settings, .summaries, .roots: .root
        }
    }

    /// Nothing else of that kind, where there are any.
    var keys: [String]? {
        switch self {
        case .settings: [RootDocument.path, AdvisoryDocument.rootPath]
        case .summaries: [FilterSummary.path]
        case .archives, .documents, .treeDocuments, .listings, .roots: nil
        }
    }
}
