package import Composer

/// What is live of a package, which its document of the v1 tree is made of.
package struct TreeSource: Sendable {
    /// The name of the package.
    package var name: String
    /// That of the releases and that of the branches, as far as they are live.
    package var documents: [Live]

    package struct Live: Sendable {
        package var key: String
        package var hash: ContentHash
        /// Nil where the database has its bytes no longer.
        package var content: Blob?
    }

    static func keys(of name: String) -> [String] {
        [DocumentName.main(of: name).path, DocumentName.dev(of: name).path]
    }
}

/// What the tree is to say of a package.
package struct TreeTelling: Sendable {
    package enum Content: Sendable {
        /// No document of it is live.
        case nothing
        case document(Blob)
        /// What it said before: what is live can't be told.
        case same
    }

    package var source: TreeSource
    package var content: Content

    package init(_ source: TreeSource, _ content: Content) {
        self.source = source
        self.content = content
    }
}
