import Store

/// What is published after what: what says what is live of others comes after them.
enum PublishingStep: CaseIterable, Sendable {
    case archives, documents, treeDocuments, listings, roots

    /// What is uploaded in it.
    var kind: ObjectKind {
        switch self {
        case .archives: .archive
        case .documents: .document
        case .treeDocuments, .listings: .listing
        case .roots: .root
        }
    }
}
