/// What is published at the address of one document.
package struct RepositoryDocument: Equatable, Sendable {
    package enum Content: Equatable, Sendable {
        /// Upstream's bytes, as they are.
        case passThrough
        /// These bytes.
        case rewritten([UInt8])
        /// Nothing: clients get 404, and ask the next repository.
        case none
    }

    package var content: Content
    /// How many versions are in it.
    package var versionCount: Int

    package init(_ content: Content, versionCount: Int) {
        self.content = content
        self.versionCount = versionCount
    }

    static let none = RepositoryDocument(.none, versionCount: 0)
}

/// What becomes of `security-advisories` and `filter` in documents.
package enum PolicySections: Sendable {
    /// They stay: for a repository whose root announces them as upstream's does.
    case kept
    /// They are taken out.
    case cut
}
